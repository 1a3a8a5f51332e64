// The same request through every door: one verdict, one reason, one audit record, and one request at the server behind.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HeaderList, Task } from '@bailiwick/core'
import type { AuditRecord } from '@bailiwick/audit'
import { DOORS } from './doors.ts'
import type { ClientRequest, Door, Subject, Verdict } from './door.ts'
import { REFUND, mcpBody, startService } from './running.ts'
import type { Running } from './running.ts'

let running: Running
let task: Task
let token: string
let modelToken: string
let dead: string
let deadModelToken: string

beforeAll(async () => {
  running = await startService({ gateways: [...new Map(DOORS.map(({ gateway }) => [gateway.name, gateway])).values()] })
  task = await running.makeTask()
  token = await running.tokenFor(task)
  const ended = await running.makeTask()
  modelToken = await running.tokenFor(task, LLM)
  dead = await running.tokenFor(ended)
  deadModelToken = await running.tokenFor(ended, LLM)
  await running.revoke(ended)
  running.decider.script(({ resource }) => {
    if (resource.id === 'gpt-4o') return { effect: 'deny', outcome: 'policy_denied', reason: 'not this model', rule: 'r#2' }
    return JSON.stringify(resource.attr['arguments'] ?? {}).includes('900000')
      ? { effect: 'deny', outcome: 'limit_exceeded', reason: 'over the cap', rule: 'r#1' }
      : 'allow'
  })
})
afterAll(() => running.close())

const HEADERS: HeaderList = [
  ['content-type', 'application/json'],
  ['accept', 'application/json, text/event-stream'],
]

const LLM = { aud: 'https://llm.example.com/v1' }
const STATUS = { type: 'function', function: { name: 'refund_status' } }

function modelCall(change: object = {}): Partial<ClientRequest> {
  const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }], ...change })
  return { resource: 'models', token: modelToken, path: '/v1/chat/completions', body }
}

interface Case {
  readonly what: string
  readonly request: () => Partial<ClientRequest>
  readonly reason?: string
  /** Where nothing of a body is seen; `reason` unless told. */
  readonly unseen?: string
  /** The reason is the policy's. */
  readonly by?: 'policy'
  readonly about: Subject
}

const UNSEEN = 'body_unreadable'
const CASES: readonly Case[] = [
  { what: 'a call that is allowed', request: () => ({}), unseen: UNSEEN, about: 'message' },
  {
    what: 'a call over the policy’s cap',
    request: () => ({ body: REFUND.replace('4000', '900000') }),
    reason: 'limit_exceeded',
    by: 'policy',
    unseen: UNSEEN,
    about: 'message',
  },
  {
    what: 'a call on another ticket',
    request: () => ({ body: REFUND.replace('T-1042', 'T-1043') }),
    reason: 'binding_mismatch',
    unseen: UNSEEN,
    about: 'message',
  },
  { what: 'a list', request: () => ({ body: mcpBody('tools/list') }), unseen: UNSEEN, about: 'message' },
  { what: 'a ping', request: () => ({ body: mcpBody('ping') }), unseen: UNSEEN, about: 'message' },
  { what: 'a method nobody knows', request: () => ({ body: mcpBody('tools/other') }), reason: 'method_unknown', unseen: UNSEEN, about: 'message' },
  { what: 'no token', request: () => ({ token: undefined }), reason: 'token_missing', about: 'message' },
  { what: 'a token that is none', request: () => ({ token: 'abc' }), reason: 'token_invalid', about: 'message' },
  { what: 'a token of a revoked task', request: () => ({ token: dead }), reason: 'task_revoked', unseen: UNSEEN, about: 'message' },
  { what: 'a token for another resource', request: () => ({ resource: 'tickets' }), reason: 'wrong_resource', about: 'message' },
  { what: 'a resource that is not configured', request: () => ({ resource: 'elsewhere' }), reason: 'resource_unknown', about: 'message' },
  { what: 'a model call that is allowed', request: () => modelCall(), unseen: UNSEEN, about: 'model' },
  { what: 'a model call with a tool', request: () => modelCall({ tools: [STATUS] }), unseen: UNSEEN, about: 'model' },
  {
    what: 'another model than the policy allows',
    request: () => modelCall({ model: 'gpt-4o' }),
    reason: 'policy_denied',
    by: 'policy',
    unseen: UNSEEN,
    about: 'model',
  },
  { what: 'two models in one', request: () => modelCall({ model: 'gpt-4o-mini,gpt-4o' }), reason: 'body_unreadable', about: 'model' },
  { what: 'a model call without a token', request: () => ({ ...modelCall(), token: undefined }), reason: 'token_missing', about: 'model' },
  { what: 'a model call with a token that is none', request: () => ({ ...modelCall(), token: 'abc' }), reason: 'token_invalid', about: 'model' },
  {
    what: 'a model call of a revoked task',
    request: () => ({ ...modelCall(), token: deadModelToken }),
    reason: 'task_revoked',
    unseen: UNSEEN,
    about: 'model',
  },
  { what: 'a model call with a server’s token', request: () => ({ ...modelCall(), token }), reason: 'wrong_resource', about: 'model' },
  { what: 'a batch', request: () => ({ body: `[${REFUND}]` }), reason: 'body_unreadable', about: 'transport' },
  { what: 'a key twice', request: () => ({ body: REFUND.replace('"id":1', '"id":1,"method":"ping"') }), reason: 'body_unreadable', about: 'transport' },
  { what: 'no body', request: () => ({ body: undefined }), reason: 'body_unreadable', about: 'transport' },
  { what: 'a coded body', request: () => ({ headers: [...HEADERS, ['content-encoding', 'gzip']] }), reason: 'body_unreadable', about: 'transport' },
  { what: 'a path with two readings', request: () => ({ path: '//mcp' }), reason: 'body_unreadable', about: 'transport' },
  { what: 'a GET for the event stream', request: () => ({ method: 'GET', body: undefined, headers: [['accept', 'text/event-stream']] }), about: 'transport' },
  { what: 'a session ended', request: () => ({ method: 'DELETE', body: undefined, headers: [] }), about: 'transport' },
  { what: 'a GET with a dead task', request: () => ({ method: 'GET', token: dead, body: undefined, headers: [] }), reason: 'task_revoked', about: 'transport' },
]

const SPOOFED: HeaderList = [
  ['x-bailiwick-subject', 'corp:bob'],
  ['x-bailiwick-actor', 'client:other'],
  ['x-bailiwick-task', 'task_other'],
]

describe.each(DOORS)('$name', (door) => {
  const { without } = door

  it.each(CASES.filter(({ about }) => without[about] === undefined))('$what', async (one) => {
    const { request } = one
    const wanted = expected(door, one)
    const change = request()
    const asked = await ask(door, change)
    expect(asked.verdict).toMatchObject({ effect: wanted === undefined ? 'allow' : 'deny', ...(wanted === undefined ? {} : { reason: wanted }) })
    expect(asked.records).toHaveLength(1)
    expect(asked.records[0]).toMatchObject({ effect: wanted === undefined ? 'allow' : 'deny', door: door.door, gateway: { name: door.gateway.name } })
    // The first door is what the others are held to, where they see as much.
    const [first] = DOORS
    if (first === undefined || (door.sees === 'nothing' && wanted === 'body_unreadable') || wanted !== one.reason) return
    const like = await ask(first, change)
    expect(comparable(asked.records[0], door)).toEqual(comparable(like.records[0], door))
  })

  const uncarried = Object.entries({ message: () => ({}), model: modelCall }).filter(([subject]) => subject in without)
  it.each(uncarried)('denies a %s, which it does not carry', async (_subject, request) => {
    const { verdict, records } = await ask(door, request())
    expect(verdict.effect).toBe('deny')
    expect(records.filter(({ effect }) => effect !== 'deny')).toEqual([])
  })

  it('puts our words in the place of a client’s own', async () => {
    const { verdict } = await ask(door, { method: 'GET', body: undefined, headers: SPOOFED })
    if (verdict.passed === undefined) return
    if (!verdict.passed.allowed) throw new Error(verdict.passed.body)
    const ours = Object.fromEntries(verdict.passed.headers.filter(([name]) => /^x.bailiwick./.test(name)))
    expect(ours).toEqual({
      'x-bailiwick-subject': 'corp:alice',
      'x-bailiwick-actor': 'client:refund-agent',
      'x-bailiwick-task': task.id,
      'x-bailiwick-resource': 'payments',
      'x-bailiwick-decision': running.journal.records.at(-1)?.decision_id,
    })
    expect(verdict.passed.headers.map(([name]) => name)).not.toContain('authorization')
  })

  it.each(['x_bailiwick_subject', 'x-bailiwick_subject', 'x-bailiwick-approved'])('lets no %s of a client’s through', async (name) => {
    const { verdict } = await ask(door, { method: 'GET', body: undefined, headers: [[name, 'corp:bob']] })
    if (verdict.passed?.allowed === true) expect(verdict.passed.headers).not.toContainEqual([name, 'corp:bob'])
    else if (verdict.passed !== undefined) expect(verdict.reason).toBe('body_unreadable')
  })

  it('leaves no actor of a client’s where there is none', async () => {
    const own = await running.makeTask({ subject: { ...task.subject, sub: 'client:refund-agent', kind: 'agent' }, act: 'none' })
    const { verdict } = await ask(door, { token: await running.tokenFor(own), method: 'GET', body: undefined, headers: SPOOFED })
    if (verdict.passed === undefined) return
    if (!verdict.passed.allowed) throw new Error(verdict.passed.body)
    expect(verdict.passed.headers.map(([name]) => name)).not.toContain('x-bailiwick-actor')
    expect(verdict.passed.headers).toContainEqual(['x-bailiwick-subject', 'client:refund-agent'])
  })
})

/** What this door is to answer: it may see less than others, or leave the policy to who asks. */
function expected({ sees, leavesPolicy }: Door, { reason, unseen, by }: Case): string | undefined {
  if (sees === 'nothing') return unseen ?? reason
  return leavesPolicy === true && by === 'policy' ? undefined : reason
}

interface Asked {
  readonly verdict: Verdict
  readonly records: readonly AuditRecord[]
}

async function ask(door: Door, change: Partial<ClientRequest>): Promise<Asked> {
  const before = running.journal.records.length
  // Refusals without a valid token have a record each while there are not too many of them in a time.
  running.clock.advance(250)
  const request = { resource: 'payments', token, method: 'POST', path: '/mcp', headers: HEADERS, body: REFUND, ...change }
  // What its gateway has read has no transport: what is about that is asked as the message.
  const verdict = await door.ask(running, door.sees === 'call' ? { ...request, method: 'POST', body: request.body ?? REFUND } : request)
  return { verdict, records: running.journal.records.slice(before) }
}

/** What does not depend on the way in, the clock or the row. */
function comparable(record: AuditRecord | undefined, { sees, leavesPolicy }: Door): object {
  if (record === undefined) throw new Error('no record')
  const {
    id: _id,
    decision_id: _decision,
    seq: _seq,
    time: _time,
    prev_hash: _prev,
    hash: _hash,
    timing_us: _timing,
    door: _door,
    gateway: _gateway,
    ...rest
  } = record
  // What was refused before it was read is told of by what came: the HTTP method, or the message's own.
  const seen = rest.action?.kind === 'unread' && sees === 'call' ? { ...rest, action: 'unread' } : rest
  if (leavesPolicy !== true) return seen
  const { call_id: _call, ...policy } = rest.policy ?? {}
  return { ...seen, kind: 'decision', ...(rest.policy === undefined ? {} : { policy }) }
}
