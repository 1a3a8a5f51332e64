import { afterEach, expect, it } from 'vitest'
import { systemClock } from '@bailiwick/core'
import { createCerbosDecider, isMismatch, withTraceparent } from '../src/index.ts'
import type { Decider } from '../src/index.ts'
import { question } from './fixtures.ts'
import { startLyingCerbos } from './lying-cerbos.ts'
import type { LyingCerbos } from './lying-cerbos.ts'

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function open(): Promise<{ readonly server: LyingCerbos; readonly decider: Decider }> {
  const server = await startLyingCerbos((honest) => honest)
  const decider = createCerbosDecider({ address: server.address, clock: systemClock })
  closers.push(() => decider.close(), server.close)
  return { server, decider }
}

it('sends the trace of the walk to the engine as metadata, and the same question', async () => {
  const { server, decider } = await open()
  await decider.decide(question({}))
  await withTraceparent(decider, TRACEPARENT).decide(question({}))
  expect(server.metadata.map((metadata) => metadata.get('traceparent'))).toEqual([[], [TRACEPARENT]])
  const [first, second] = server.requests
  const asked = (request: typeof first): unknown => [request?.principal, request?.resources[0]]
  expect(asked(second)).toEqual(asked(first))
  expect(JSON.stringify(asked(second))).not.toContain('4bf92f35')
})

it('is the decider itself where there is no trace', async () => {
  const { decider } = await open()
  expect(withTraceparent(decider, undefined)).toBe(decider)
})

it.each([
  ['nothing was refused', [], false],
  ["only the agent's own arguments were refused", [{ path: '/arguments/amount_cents', source: 'resource' } as const], false],
  ['an attribute of ours was refused', [{ path: '/tool', source: 'resource' } as const], true],
  ['the principal was refused', [{ path: '/arguments/amount_cents', source: 'principal' } as const], true],
  ['both were', [{ path: '/arguments', source: 'resource' } as const, { path: '/kind', source: 'principal' } as const], true],
])('tells a mismatch when %s', (_when, schemaErrors, expected) => {
  expect(isMismatch({ effect: 'deny', actions: {}, schemaErrors, callId: 'c' })).toBe(expected)
})
