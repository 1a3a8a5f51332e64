// Registers, for one real client, a test per row of the denial table it can reach; and the refusals it meets before and after a session.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DENIALS } from '@bailiwick/core'
import type { ClientKey, Effect } from './answers.ts'
import { DENIAL_CASES } from './denials.ts'
import type { DenialCase } from './denials.ts'
import { everythingIn } from './mcp-client.ts'
import type { ConnectOptions, McpClient, McpSession } from './mcp-client.ts'
import { openTheatre } from './stage.ts'
import type { Stage, Theatre } from './stage.ts'

export function meetDenials(client: () => McpClient, key: ClientKey, mode: ConnectOptions['mode']): void {
  let theatre: Theatre
  beforeAll(async () => {
    theatre = await openTheatre()
  })
  afterAll(() => theatre.close())

  const within = async (play: (stage: Stage, connect: (url: string) => Promise<McpSession>) => Promise<void>): Promise<void> => {
    const stage = await theatre.open()
    let session: McpSession | undefined
    try {
      await play(stage, async (url) => (session = await client().open({ url, headers: stage.headers, mode })))
    } finally {
      await session?.close()
      await stage.close()
    }
  }

  const cases = DENIAL_CASES.filter(({ eras }) => eras === 'all' || mode === 'legacy')
  it.each(cases)('is told of $what, and its session goes on where it can', { timeout: 60_000 }, (denial) =>
    within(async (stage, connect) => {
      const session = await connect(stage.url)
      expect(session.connected.kind).toBe('result')
      const told = await denial.act(stage, session)
      const reason = everythingIn(told).includes(denial.sentence) ? 'seen' : 'lost'
      expect({ told: told.kind, reason, session: await afterwards(session, denial) }).toEqual(denial.effects[key])
      expect(stage.meddler.answered).toContainEqual({ what: denial.answered[0], status: denial.answered[1] })
    }),
  )

  it('is told why it may not even connect to a server its token is not for', { timeout: 60_000 }, () =>
    within(async ({ elsewhere }, connect) => {
      const { connected } = await connect(elsewhere)
      expect(connected.kind).toBe('thrown')
      // An HTTP error to its first request: the 1.x Python client keeps nothing of the body.
      if (key !== 'python1') expect(everythingIn(connected)).toContain(DENIALS.wrong_resource.sentence)
    }),
  )

  it('is told why it may not connect once its task is revoked', { timeout: 60_000 }, () =>
    within(async ({ url, revoke }, connect) => {
      await revoke()
      const { connected } = await connect(url)
      expect(connected.kind).toBe('thrown')
      expect(everythingIn(connected)).toContain(DENIALS.task_revoked.sentence)
    }),
  )

  if (mode !== 'legacy') return
  it('goes on when the event stream is denied, and is told at its next call', { timeout: 60_000 }, () =>
    within(async ({ meddler, url, revoke }, connect) => {
      // Between the handshake and the stream, which clients open by themselves right after it; those in Python where there is a session.
      meddler.answerHeaders = { 'mcp-session-id': 'session-1' }
      meddler.meddle = async ({ method }) => {
        if (method === 'GET') await revoke()
        return false
      }
      const session = await connect(url)
      expect(session.connected.kind).toBe('result')
      await expect.poll(() => meddler.answered, { timeout: 10_000 }).toContainEqual({ what: 'GET', status: 405 })
      expect((await session.call('refund_issue', { ticket_id: 'T-1042', amount_cents: 4_000 })).text).toContain(DENIALS.task_revoked.sentence)
    }),
  )

  it('ends its session without an error when the end is denied', { timeout: 60_000 }, () =>
    within(async ({ meddler, url, revoke }, connect) => {
      meddler.answerHeaders = { 'mcp-session-id': 'session-1' }
      const session = await connect(url)
      await revoke()
      expect((await session.close()).kind).toBe('result')
      expect(meddler.answered).toContainEqual({ what: 'DELETE', status: 405 })
    }),
  )
}

async function afterwards(session: McpSession, { afterwards: expected }: DenialCase): Promise<Effect['session']> {
  const next = await session.call('refund_issue', { ticket_id: 'T-1042', amount_cents: 4_000 })
  if (expected === 'allow') return next.kind === 'result' && next.text.includes('paid') ? 'lives' : 'dies'
  return next.kind === 'tool_error' && next.text.includes(expected) ? 'lives' : 'dies'
}
