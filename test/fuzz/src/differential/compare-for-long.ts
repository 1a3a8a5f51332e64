// The long run of the comparison: says where it is every few seconds, and shows each finding shrunk.
import { createRandom } from '../random.ts'
import { ourJudge } from './judge.ts'
import { openParsers } from './open-parsers.ts'
import { runDifferential } from './run-differential.ts'
import { sayFinding } from './say-finding.ts'
import { shrink } from './shrink.ts'

const SAY_EVERY_MS = 10_000
const MAX_FINDINGS = 5

/** False when a parser saw another call than we did. */
export async function compareForLong({ seed, mutations }: { readonly seed: number; readonly mutations: number }): Promise<boolean> {
  const opened = await openParsers({ fetch: true })
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  try {
    say(`seed ${seed}, ${mutations} mutations`)
    for (const { name } of opened.parsers) say(`parser   ${name}`)
    for (const line of opened.skipped) say(`skipped  ${line}`)
    let said = performance.now()
    const tally = await runDifferential({
      random: createRandom(seed),
      mutations,
      judge: ourJudge,
      parsers: opened.parsers,
      maxFindings: MAX_FINDINGS,
      onBatch: ({ made, allowed }) => {
        if (performance.now() - said < SAY_EVERY_MS) return
        said = performance.now()
        say(`${made} made, ${allowed} allowed`)
      },
    })
    say(`${tally.made} made, ${tally.allowed} allowed and compared`)
    for (const [name, count] of tally.accepted) say(`accepted by ${name}: ${count}`)
    for (const finding of tally.findings.slice(0, MAX_FINDINGS)) say(`\nFINDING  ${sayFinding(await shrink(finding, ourJudge, opened.parsers))}`)
    say(tally.findings.length === 0 ? 'no disagreement' : 'keep each as a case in test/fuzz/test/found.ts')
    return tally.findings.length === 0
  } finally {
    await opened.close()
  }
}
