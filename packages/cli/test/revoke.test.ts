import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { json, OPERATOR_TOKEN, startFakeBailiwick } from './fake-bailiwick.ts'
import type { FakeBailiwick } from './fake-bailiwick.ts'

let fake: FakeBailiwick
beforeAll(async () => {
  fake = await startFakeBailiwick()
})
afterAll(() => fake.close())

const CONFIRMED = { id: 'rev_1', status: 'confirmed', durability: 'local', affected: { tasks: 3 }, hold: true, can_restart: false, elapsed_ms: 1.5 }
const UNKNOWN = { id: 'rev_1', status: 'unconfirmed', reason: 'state_unavailable', hold: false, can_restart: false, elapsed_ms: 9 }

describe('revoke', () => {
  it('sends the scope and reason with the operator token and reports what was confirmed', async () => {
    fake.answers(json(200, CONFIRMED))
    const { code, out, err } = await fake.cli(['revoke', 'agent', 'client:refund-agent', '--reason', 'misbehaving', '--hold'])
    expect(code).toBe(0)
    expect(fake.seen).toMatchObject([{ method: 'POST', path: '/v1/revocations', headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } }])
    expect(JSON.parse(fake.seen[0]?.body ?? '')).toEqual({ scope: { kind: 'agent', id: 'client:refund-agent' }, reason: 'misbehaving', hold: true })
    expect(out).toBe('confirmed  rev_1  ended 3 live tasks, durability local, 1.5 ms\n')
    expect(err).toContain('hold lift rev_1')
    expect(out + err).not.toContain(OPERATOR_TOKEN)
  })

  it('says how many replicas have it, where that is what confirmed it', async () => {
    fake.answers(json(200, { ...CONFIRMED, durability: 'replicated', replicas: { needed: 2, acked: 2 } }))
    expect((await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x'])).out).toContain('durability replicated (2 of 2 replicas), 1.5 ms')
  })

  it('leaves the hold to the kind unless told', async () => {
    fake.answers(json(200, CONFIRMED))
    await fake.cli(['revoke', 'everything', '--reason', 'stop'])
    await fake.cli(['revoke', 'task', 'task_1', '--reason', 'stop', '--no-hold'])
    expect(fake.seen.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { scope: { kind: 'everything', id: '*' }, reason: 'stop' },
      { scope: { kind: 'task', id: 'task_1' }, reason: 'stop', hold: false },
    ])
  })

  it.each([
    ['202', 202, { ...CONFIRMED, status: 'unconfirmed' }],
    ['200 that does not say confirmed', 200, { ...CONFIRMED, status: undefined }],
    ['202 that says confirmed', 202, CONFIRMED],
    ['503 with the id it is tried under', 503, UNKNOWN],
  ])('never takes a %s for success, and says how to watch it', async (_what, status, body) => {
    fake.answers(json(status, body))
    const { code, out, err } = await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('NOT CONFIRMED')
    expect(err).toContain('bailiwick revocation show rev_1 --wait')
  })

  it('prints what control answered with --json, confirmed or not', async () => {
    fake.answers(json(202, UNKNOWN))
    const { code, out } = await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x', '--json'])
    expect({ code, body: JSON.parse(out) as unknown }).toEqual({ code: 1, body: UNKNOWN })
  })

  it('warns when the agent can simply start again', async () => {
    fake.answers(json(200, { ...CONFIRMED, hold: false, can_restart: true }))
    expect((await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x', '--no-hold'])).err).toContain('it can start again')
  })

  it('only counts with --dry-run', async () => {
    fake.answers(json(200, { dry_run: true, affected: { tasks: 1 }, hold: false }))
    const { code, out } = await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x', '--dry-run'])
    expect({ code, out }).toEqual({ code: 0, out: 'would end 1 live task; nothing was recorded\n' })
  })

  it('takes no dry run for one that could not count', async () => {
    fake.answers(json(503, { reason: 'state_unavailable', detail: 'The state of the task could not be established.' }))
    expect(await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x', '--dry-run'])).toMatchObject({ code: 4, out: '' })
  })
})

describe('revoke --wait', () => {
  it('asks for the revocation until it is confirmed, through a control that is away for a moment', async () => {
    fake.answers(json(503, UNKNOWN), json(200, { id: 'rev_1', status: 'unconfirmed' }), json(503, { reason: 'state_unavailable' }), json(200, CONFIRMED))
    const { code, out, err } = await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x', '--wait'])
    expect({ code, out }).toEqual({ code: 0, out: 'confirmed  rev_1  ended 3 live tasks, durability local, 1.5 ms\n' })
    expect(err).toContain('rev_1 is not confirmed yet')
    expect(fake.seen.map(({ path }) => path)).toEqual(['/v1/revocations', '/v1/revocations/rev_1', '/v1/revocations/rev_1', '/v1/revocations/rev_1'])
  })

  it('does not wait for what is confirmed at once', async () => {
    fake.answers(json(200, CONFIRMED))
    expect(await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x', '--wait'])).toMatchObject({ code: 0 })
    expect(fake.seen).toHaveLength(1)
  })

  it('fails when its patience ends first', async () => {
    fake.answers(json(202, UNKNOWN), (_request, response) => {
      fake.clock.advance(61_000)
      json(200, { id: 'rev_1', status: 'unconfirmed' })(_request, response)
    })
    const { code, out, err } = await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x', '--wait'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('NOT CONFIRMED after 60 s')
  })

  it('ends at once when it may not look', async () => {
    fake.answers(json(202, UNKNOWN), json(403, { reason: 'policy_denied', detail: 'The policy does not allow this call.' }))
    expect(await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x', '--wait'])).toMatchObject({ code: 3 })
  })
})

describe('revoke --wait, where several nodes report', () => {
  const node = (id: string, confirmed: boolean): object => ({
    id,
    last_revision: confirmed ? { epoch: 1, revision: 9 } : null,
    last_seen_ms: confirmed ? 1 : null,
    confirmed,
  })
  const at = (...nodes: readonly object[]): object => ({ ...CONFIRMED, nodes })

  it('shows each node as it is seen, and ends when all are', async () => {
    fake.answers(
      json(200, at(node('control-1', true), node('edge-1', false), node('edge-2', false))),
      json(200, at(node('control-1', true), node('edge-1', false), node('edge-2', true))),
      json(503, { reason: 'state_unavailable' }),
      json(200, at(node('control-1', true), node('edge-1', true), node('edge-2', true))),
    )
    const { code, out, err } = await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x', '--wait'])
    expect({ code, out }).toEqual({ code: 0, out: 'confirmed  rev_1  ended 3 live tasks, durability local, 1.5 ms\n' })
    expect(err.split('\n').filter((line) => line.includes('read it'))).toEqual([
      'read it  control-1  at revision 1/9',
      'read it  edge-2  at revision 1/9',
      'read it  edge-1  at revision 1/9',
    ])
  })

  it('fails when one of them was not seen in time, though the revocation holds', async () => {
    fake.answers(json(200, at(node('control-1', true), node('edge-1', false))), (_request, response) => {
      fake.clock.advance(61_000)
      json(200, at(node('control-1', true), node('edge-1', false)))(_request, response)
    })
    const { code, out, err } = await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x', '--wait'])
    expect({ code, out }).toEqual({ code: 1, out: 'confirmed  rev_1  ended 3 live tasks, durability local, 1.5 ms\n' })
    expect(err).toContain('rev_1 is confirmed, and after 60 s these nodes have not been seen to have read it: edge-1 (not seen)')
  })

  it('prints one document with --json, whichever way it ends', async () => {
    fake.answers(json(200, at(node('edge-1', false))), json(200, at(node('edge-1', true))))
    const all = await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x', '--wait', '--json'])
    expect({ code: all.code, body: JSON.parse(all.out) as unknown }).toMatchObject({ code: 0, body: { id: 'rev_1', nodes: [{ confirmed: true }] } })
    fake.answers(json(200, at(node('edge-1', false))), (_request, response) => {
      fake.clock.advance(61_000)
      json(200, at(node('edge-1', false)))(_request, response)
    })
    const none = await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x', '--wait', '--json'])
    expect({ code: none.code, body: JSON.parse(none.out) as unknown }).toMatchObject({ code: 1, body: { id: 'rev_1', nodes: [{ confirmed: false }] } })
  })

  it('does not wait for them unless asked', async () => {
    fake.answers(json(200, at(node('edge-1', false))))
    expect(await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x'])).toMatchObject({ code: 0 })
    expect(fake.seen).toHaveLength(1)
  })
})

describe('revocation', () => {
  const item = (id: string, change: object = {}) => ({
    id,
    scope: { kind: 'agent', id: 'client:refund-agent' },
    reason: 'misbehaving',
    hold: true,
    set_by: 'operator:operator',
    set_at: '2026-11-20T12:00:00.000Z',
    ...change,
  })

  it('list shows which holds are in force', async () => {
    fake.answers(json(200, { items: [item('rev_2'), item('rev_1', { lifted_by: 'operator:second' }), item('rev_0', { hold: false })] }))
    const { out } = await fake.cli(['revocation', 'list'])
    expect(out.split('\n').map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([
      ['REVOCATION', 'SCOPE', 'HOLD'],
      ['rev_2', 'agent client:refund-agent', 'holding'],
      ['rev_1', 'agent client:refund-agent', 'lifted'],
      ['rev_0', 'agent client:refund-agent', '-'],
      [''],
    ])
  })

  it('list --holds leaves the others out, in JSON too', async () => {
    fake.answers(json(200, { items: [item('rev_2'), item('rev_1', { lifted_by: 'operator:second' })], next_cursor: 'c' }))
    const { out } = await fake.cli(['revocation', 'list', '--holds', '--json'])
    expect(JSON.parse(out)).toEqual({ items: [item('rev_2')], next_cursor: 'c' })
  })

  it('show exits 1 while it is not confirmed', async () => {
    fake.answers(json(200, { ...item('rev_1'), status: 'unconfirmed' }))
    expect(await fake.cli(['revocation', 'show', 'rev_1'])).toMatchObject({ code: 1, out: expect.stringContaining('NOT CONFIRMED') })
    fake.answers(json(200, { ...item('rev_1'), status: 'confirmed', durability: 'local', affected: { tasks: 1 } }))
    expect(await fake.cli(['revocation', 'show', 'rev_1'])).toMatchObject({ code: 0, out: expect.stringContaining('1 live task, when it was set') })
  })
})

describe('revocation show, where several nodes report', () => {
  it('says how many have read it, and who has not been seen to', async () => {
    const nodes = [
      { id: 'control-1', confirmed: true },
      { id: 'edge-1', confirmed: false },
    ]
    fake.answers(json(200, { id: 'rev_1', scope: { kind: 'task', id: 'task_1' }, status: 'confirmed', durability: 'local', nodes }))
    expect((await fake.cli(['revocation', 'show', 'rev_1'])).out).toMatch(/^read by {5}1 of 2 nodes; not seen: edge-1$/m)
  })
})

describe('hold lift', () => {
  it('posts to the revocation and cannot be led to another path', async () => {
    fake.answers(json(200, CONFIRMED))
    expect(await fake.cli(['hold', 'lift', '../tasks/x'])).toMatchObject({ code: 0 })
    expect(fake.seen).toMatchObject([{ path: '/v1/revocations/..%2Ftasks%2Fx/lift' }])
  })

  it('is not done while it is not confirmed', async () => {
    fake.answers(json(202, { ...CONFIRMED, status: 'unconfirmed' }))
    expect(await fake.cli(['hold', 'lift', 'rev_1'])).toMatchObject({ code: 1, out: '', err: expect.stringContaining('NOT CONFIRMED') })
  })
})
