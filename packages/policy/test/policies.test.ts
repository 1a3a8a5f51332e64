// The shipped policies and their suites, run by the real compiler.
import { execFile } from 'node:child_process'
import { expect, it } from 'vitest'
import { findCerbosBinary } from '../src/index.ts'
import { POLICIES } from './start-cerbos.ts'

interface Report {
  readonly suites: readonly {
    readonly testCases?: readonly {
      readonly principals: readonly {
        readonly name: string
        readonly resources: readonly {
          readonly name: string
          readonly actions: readonly { readonly name: string; readonly details: { readonly result: string } }[]
        }[]
      }[]
    }[]
  }[]
  readonly summary: { readonly overallResult: string; readonly testsCount: number }
}

function compile(...flags: readonly string[]): Promise<Report> {
  return new Promise((resolve, reject) => {
    execFile(findCerbosBinary(), ['compile', '--output=json', ...flags, POLICIES], { maxBuffer: 64 * 1024 * 1024, env: {} }, (_, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as Report)
      } catch {
        reject(new Error(`cerbos compile: ${stderr} ${stdout}`.slice(0, 4_096)))
      }
    })
  })
}

/** `principal resource` of every check of an action whose result was not the expected one. */
function wrong({ suites }: Report, action: (name: string) => boolean): readonly string[] {
  const found = suites
    .flatMap(({ testCases = [] }) => testCases)
    .flatMap(({ principals }) => principals)
    .flatMap((principal) =>
      principal.resources.flatMap((resource) =>
        resource.actions.flatMap(({ name, details }) =>
          action(name) && details.result !== 'RESULT_PASSED' ? [`${principal.name} ${resource.name} ${name}`] : [],
        ),
      ),
    )
  return [...new Set(found)].toSorted()
}

it('every suite of the policies passes', async () => {
  const report = await compile()
  expect(wrong(report, () => true)).toEqual([])
  expect(report.summary.overallResult).toBe('RESULT_PASSED')
  // A suite that is no longer found passes too.
  expect(report.summary.testsCount).toBeGreaterThan(1_500)
})

it('without schemas the guards alone let no wrong refund through but the ones only a schema can see', async () => {
  const report = await compile('--ignore-schemas')
  const seenBySchemasOnly = ['refund_fraction', 'refund_just_above_an_integer', 'refund_more_arguments', 'refund_with_a_foreign_attribute']
  expect(wrong(report, (name) => name === 'tools/call/refund_issue')).toEqual(
    [
      ...seenBySchemasOnly.flatMap((resource) => ['refund_agent_for_alice', 'refund_agent_for_bob'].map((who) => `${who} ${resource} tools/call/refund_issue`)),
      'limit_is_endless refund_1_cent tools/call/refund_issue',
    ].toSorted(),
  )
})
