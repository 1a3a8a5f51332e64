import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { json, startFakeBailiwick } from './fake-bailiwick.ts'
import type { FakeBailiwick } from './fake-bailiwick.ts'

let fake: FakeBailiwick
beforeAll(async () => {
  fake = await startFakeBailiwick()
})
afterAll(() => fake.close())

const record = (seq: number, effect: string, change: object = {}) => ({
  seq,
  effect,
  kind: 'decision',
  time: '2026-11-20T13:42:05.123Z',
  resource: 'payments',
  decision_id: `dec_${seq}`,
  subject: { sub: 'corp:alice' },
  ...change,
})
const lines = (out: string): readonly string[] => out.trimEnd().split('\n')

describe('decisions tail', () => {
  it('prints the newest, oldest first, one line each for a program', async () => {
    fake.answers(json(200, { items: [record(2, 'deny', { reason: 'task_revoked' }), record(1, 'allow')] }))
    const { out } = await fake.cli(['decisions', 'tail', '-n', '2'])
    expect(lines(out).map((line) => line.split(/ {2,}/))).toEqual([
      ['2026-11-20 13:42:05Z', 'allow', 'decision', 'payments', 'corp:alice', '-', 'dec_1'],
      ['2026-11-20 13:42:05Z', 'deny', 'decision', 'payments', 'corp:alice', 'task_revoked', 'dec_2'],
    ])
  })

  it('prints two lines each for a person, and no id is cut at 80 columns', async () => {
    const id = 'dec_01a1f982-e508-7472-b3d4-d5a45ba2ba10'
    const actor = { sub: 'client:refund-agent', chain: ['client:refund-agent'] }
    fake.answers(json(200, { items: [record(2, 'deny', { decision_id: id, reason: 'task_revoked', actor })] }))
    const { out } = await fake.cli(['decisions', 'tail'], { tty: 80, env: { NO_COLOR: '1' } })
    expect(lines(out)).toEqual(['2026-11-20 (UTC)', '13:42:05  deny   payments  task_revoked', `          ${id}  corp:alice by \u2026:refund-agent`])
  })

  it('leaves reads of the audit out, and pages on for as many as were asked for', async () => {
    const read = (seq: number) => record(seq, 'allow', { kind: 'audit_read' })
    fake.answers(json(200, { items: [read(4), record(3, 'allow')], next_cursor: '3' }), json(200, { items: [read(2), record(1, 'deny')] }))
    expect(lines((await fake.cli(['decisions', 'tail', '-n', '2'])).out).map((line) => line.split(/ {2,}/).at(-1))).toEqual(['dec_1', 'dec_3'])
    expect(fake.seen.map(({ path }) => path)).toEqual(['/v1/decisions?limit=2', '/v1/decisions?limit=200&cursor=3'])
    fake.answers(json(200, { items: [read(4), record(3, 'allow')] }))
    expect(lines((await fake.cli(['decisions', 'tail', '-n', '2', '--all'])).out)).toHaveLength(2)
  })

  it('says where there is nothing', async () => {
    fake.answers(json(200, { items: [] }))
    expect(await fake.cli(['decisions', 'tail', '--effect', 'deny', '--task', 'task_1'])).toMatchObject({ code: 0, out: '', err: 'no records\n' })
    expect(fake.seen[0]?.path).toBe('/v1/decisions?effect=deny&task_id=task_1&limit=20')
  })

  it('--follow goes on with the stream, filters it, says when records were missed, and that it ended', async () => {
    fake.answers(json(200, { items: [] }), (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(': following\n\n')
      response.write(`id: 3\nevent: record\ndata: ${JSON.stringify(record(3, 'allow'))}\n\n`)
      response.end(`id: 4\nevent: record\ndata: ${JSON.stringify(record(4, 'deny'))}\n\nevent: missed\ndata: 7\n\n`)
    })
    const { code, out, err } = await fake.cli(['decisions', 'tail', '--follow', '--effect', 'deny', '--json'])
    expect(code).toBe(4)
    expect(lines(out).map((line) => JSON.parse(line) as unknown)).toEqual([record(4, 'deny')])
    expect(err).toContain('7 records')
    expect(err).toContain('the stream ended')
  })
})

describe('decisions show', () => {
  const whole = {
    ...record(9, 'deny'),
    node: 'node-1',
    reason: 'policy_denied',
    policy_reason: 'tier-1-support refund cap exceeded',
    remediation: { type: 'step_up', approvers_role: 'tier-2-lead' },
    plane: 'gateways',
    door: 'ext_authz',
    gateway: { name: 'edge', peer: '127.0.0.1', source: { principal: 'spiffe://example.org/agent/refund', certificate_sha256: 'V'.repeat(43) } },
    actor: { sub: 'client:refund-agent', chain: ['client:refund-agent'] },
    task: { id: 'task_1', binding: { ticket_id: 'T-1042' }, purpose: 'refund' },
    action: { kind: 'mcp', method: 'tools/call', name: 'refund_issue', args_masked: { ticket_id: 'T-1042', amount_cents: 900000, note: '***' } },
    profile: { roles: ['tier-1-support'], attributes: { refund_limit_cents: 5000 }, sources: { directory: { outcome: 'cached', age_ms: 8712 } } },
    policy: { kind: 'mcp:payments', id: 'refund_issue', actions: ['tools/call/refund_issue'], rule: 'resource.mcp_payments.vdefault#refund-tier-1' },
    timing_us: { policy: 3800, state: 200 },
  }

  it('tells what was asked, what was added and how old it was, which rule, the verdict', async () => {
    fake.answers(json(200, { items: [whole] }))
    const { out } = await fake.cli(['decisions', 'show', 'dec_9'])
    expect(out.replaceAll(/\([^)]*ago\)|\(in[^)]*\)/g, '()')).toBe(
      `${[
        'decision     dec_9',
        'verdict      deny  policy_denied',
        'why          tier-1-support refund cap exceeded',
        'remediation  type: step_up, approvers_role: tier-2-lead',
        'when         2026-11-20 13:42:05Z (), record 9 of node-1',
        'through      gateway edge, ext_authz on the gateways plane (127.0.0.1)',
        'called by    spiffe://example.org/agent/refund (as the gateway says)',
        `             certificate ${'V'.repeat(43)}`,
        'for          corp:alice',
        'by           client:refund-agent',
        'task         task_1',
        '             bound to ticket_id: T-1042',
        '             purpose: refund',
        'asked        payments: tools/call refund_issue',
        '             arguments {"ticket_id":"T-1042","amount_cents":900000,"note":"***"}',
        'added        roles: tier-1-support',
        '             refund_limit_cents: 5000',
        '             source directory: cached, 8.7 s old',
        'policy       mcp:payments refund_issue',
        '             action tools/call/refund_issue',
        'rule         resource.mcp_payments.vdefault#refund-tier-1',
        'took         4.0 ms (policy 3.8, state 0.2)',
      ].join('\n')}\n`,
    )
  })

  it('finds the newest refused call for who has no id at hand', async () => {
    fake.answers(json(200, { items: [whole] }), json(200, { items: [whole] }))
    const { code, out } = await fake.cli(['decisions', 'show', 'last-denied'])
    expect([code, out.includes('tier-1-support refund cap exceeded')]).toEqual([0, true])
    expect(fake.seen.slice(-2).map(({ path }) => path)).toEqual(['/v1/decisions?kind=decision&effect=deny&limit=1', '/v1/decisions/dec_9'])
    fake.answers(json(200, { items: [] }))
    expect(await fake.cli(['decisions', 'show', 'last-denied'])).toMatchObject({ code: 1, err: expect.stringContaining('no call has been denied yet') })
  })

  it('shows the final effect, and the allow that it took back', async () => {
    fake.answers(json(200, { items: [record(1, 'allow'), record(2, 'deny', { reason: 'task_revoked', decision_id: 'dec_1', supersedes: 'x' })] }))
    const { out } = await fake.cli(['decisions', 'show', 'dec_1'])
    expect(out).toMatch(/verdict\s+deny {2}task_revoked/)
    expect(out).toMatch(/took back\s+allow at .* \(record 1\)/)
  })

  it('prints what control answered with --json', async () => {
    fake.answers(json(200, { items: [whole] }))
    expect(JSON.parse((await fake.cli(['decisions', 'show', 'dec_9', '--json'])).out)).toEqual({ items: [whole] })
  })
})
