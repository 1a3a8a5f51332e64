import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Task } from '@bailiwick/core'
import { ToolsFileError } from '@bailiwick/tool-schemas'
import { toolsFileOf } from '@bailiwick/kit/tools-file'
import { EDGE_KEY, mcpBody, startService } from './running.ts'
import type { Answer, Running } from './running.ts'

const KEY = { 'x-bailiwick-gateway-key': EDGE_KEY }
const TOOLS = {
  refund_issue: {
    type: 'object',
    properties: { ticket_id: { type: 'string' }, amount_cents: { type: 'integer', minimum: 1 } },
    required: ['ticket_id', 'amount_cents'],
    additionalProperties: false,
  },
  refund_status: { type: 'object', properties: { refund_id: { type: 'string' } }, required: ['refund_id'] },
} as const

let folder: string
let running: Running
let shadow: Running
let task: Task
let token: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-pinned-'))
  const file = join(folder, 'payments.tools.json')
  writeFileSync(file, toolsFileOf('payments', TOOLS))
  const patch = { gateways: [{ name: 'edge', enrich: true }], resources: [{ name: 'payments', tools: { file }, unbound: ['refund_status', 'wire_money'] }] }
  running = await startService(patch)
  shadow = await startService({ ...patch, resources: [{ ...patch.resources[0], mode: 'shadow' }] })
  task = await running.makeTask()
  token = await running.tokenFor(task)
})
beforeEach(() => {
  running.decider.script('allow')
  shadow.decider.script('allow')
})
afterAll(async () => {
  await running.close()
  await shadow.close()
  rmSync(folder, { recursive: true, force: true })
})

async function call(tool: string, args: unknown): Promise<Answer> {
  const body = Buffer.from(mcpBody('tools/call', { name: tool, arguments: args }))
  return await running.check({ token, http: { rawBody: body, size: BigInt(body.length) } })
}

function asked(from: Running, since: number): readonly (readonly string[])[] {
  return from.decider.questions.slice(since).map(({ items }) => items.flatMap(({ actions }) => actions))
}

describe('a call of a pinned tool', () => {
  it('that fits goes to the policy as before', async () => {
    const before = running.decider.questions.length
    expect(await running.check({ token })).toMatchObject({ kind: 'ok' })
    expect(asked(running, before)).toEqual([['tools/list/refund_issue', 'tools/call/refund_issue']])
  })

  it('that does not fit is denied with the place, and the policy never sees the arguments', async () => {
    const before = running.decider.questions.length
    const answer = await call('refund_issue', { ticket_id: 'T-1042', amount_cents: 'nine-thousand' })
    expect(answer).toMatchObject({ kind: 'denied', status: 200, metadata: { reason: 'arguments_invalid' } })
    expect(answer.body).toContain('/amount_cents')
    expect(answer.body).not.toContain('nine-thousand')
    expect(JSON.stringify(running.decider.questions.slice(before))).not.toContain('nine-thousand')
    expect(asked(running, before)).toEqual([['tools/list/refund_issue']])
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason: 'arguments_invalid', detail: '/amount_cents' })
  })

  it('that does not fit tells nothing of a tool the policy hides', async () => {
    running.decider.script(({ actions }) => ({ effect: 'deny', ...(actions.includes('tools/list/refund_issue') ? { outcome: 'not_visible' } : {}) }))
    const answer = await call('refund_issue', { ticket_id: 'T-1042', amount_cents: 'x' })
    expect(answer.metadata).toMatchObject({ reason: 'not_visible' })
    expect(answer.body).not.toContain('/amount_cents')
  })

  it('that is not in the file is denied, and nobody else is asked', async () => {
    const before = running.decider.questions.length
    expect(await call('wire_money', {})).toMatchObject({ kind: 'denied', status: 200, metadata: { reason: 'tool_unknown' } })
    expect(asked(running, before)).toEqual([])
  })

  it('on another ticket is denied for that, whatever else is wrong', async () => {
    expect((await call('refund_issue', { ticket_id: 'T-1', amount_cents: 'x' })).metadata).toMatchObject({ reason: 'binding_mismatch' })
  })

  it('of a dead task is denied for that', async () => {
    const other = await running.makeTask()
    const dead = await running.tokenFor(other)
    await running.revoke(other)
    const body = Buffer.from(mcpBody('tools/call', { name: 'wire_money', arguments: {} }))
    expect((await running.check({ token: dead, http: { rawBody: body, size: BigInt(body.length) } })).metadata).toMatchObject({ reason: 'task_revoked' })
  })
})

describe('in shadow mode', () => {
  it.each([
    ['arguments_invalid', 'refund_issue', { ticket_id: 'T-1042', amount_cents: 'x' }],
    ['tool_unknown', 'wire_money', {}],
  ])('%s passes after every other step, and is recorded', async (reason, tool, args) => {
    const own = await shadow.makeTask()
    const body = Buffer.from(mcpBody('tools/call', { name: tool, arguments: args }))
    const ask = async (): Promise<Answer> => await shadow.check({ token: await shadow.tokenFor(own), http: { rawBody: body, size: BigInt(body.length) } })
    expect(await ask()).toMatchObject({ kind: 'ok' })
    expect(shadow.journal.records.at(-1)).toMatchObject({ effect: 'shadow_allow', reason })
    shadow.profiles.refuse('corp:alice', { reason: 'profile_not_found' })
    expect(await ask()).toMatchObject({ kind: 'denied', metadata: { reason: 'profile_not_found' } })
    shadow.profiles.set('corp:alice', {})
  })
})

describe('a list of pinned tools', () => {
  const list = async (): Promise<Answer> => {
    const body = Buffer.from(mcpBody('tools/list'))
    return await running.check({ token, http: { rawBody: body, size: BigInt(body.length) } })
  }

  it('carries those the policy shows, asked in one question', async () => {
    running.decider.script(({ actions }) => (actions.includes('tools/list/refund_issue') ? 'deny' : 'allow'))
    const before = running.decider.questions.length
    expect(await list()).toMatchObject({ kind: 'ok', metadata: { allowed_tools: ['refund_status'] } })
    expect(asked(running, before)).toEqual([['tools/list', 'tools/list/refund_issue', 'tools/list/refund_status']])
  })

  it('carries an empty list where it shows none, and none where it is denied itself', async () => {
    running.decider.script(({ actions }) => (actions.includes('tools/list') ? 'allow' : 'deny'))
    expect(await list()).toMatchObject({ kind: 'ok', metadata: { allowed_tools: [] } })
    running.decider.script(({ actions }) => (actions.includes('tools/list') ? 'deny' : 'allow'))
    const denied = await list()
    expect(denied.kind).toBe('denied')
    expect(denied.metadata).not.toHaveProperty('allowed_tools')
  })

  it('says nothing of tools where nothing is pinned', async () => {
    const body = Buffer.from(mcpBody('tools/list'))
    const other = await running.tokenFor(task, { aud: 'https://tickets.example.com/mcp' })
    const answer = await running.check({ resource: 'tickets', token: other, http: { rawBody: body, size: BigInt(body.length) } })
    expect(answer.kind).toBe('ok')
    expect(answer.metadata).not.toHaveProperty('allowed_tools')
  })

  it('at /v1/decide carries them too', async () => {
    const { body } = await running.post('/v1/decide', { resource: 'payments', token, mcp: { method: 'tools/list', version: '2025-06-18' } }, KEY)
    expect(body).toMatchObject({ effect: 'allow', allowed_tools: ['refund_issue', 'refund_status'] })
  })
})

it('a list of a hundred pinned tools asks one question, and shows what the policy shows', async () => {
  const file = join(folder, 'tickets.tools.json')
  writeFileSync(file, toolsFileOf('tickets', Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`tool_${at}`, { type: 'object' }]))))
  const many = await startService({ resources: [{ name: 'tickets', tools: { file } }] })
  try {
    many.decider.script(({ resource }) => (resource.id === 'tickets' || Number(resource.id.slice(5)) % 2 === 0 ? 'allow' : 'deny'))
    const own = await many.makeTask()
    const body = Buffer.from(mcpBody('tools/list'))
    const bearer = await many.tokenFor(own, { aud: 'https://tickets.example.com/mcp' })
    const answer = await many.check({ resource: 'tickets', token: bearer, http: { rawBody: body, size: BigInt(body.length) } })
    expect(many.decider.questions).toHaveLength(1)
    expect(answer.metadata['allowed_tools']).toHaveLength(50)
  } finally {
    await many.close()
  }
})

it('a file that was changed by hand stops the start', async () => {
  const file = join(folder, 'edited.tools.json')
  writeFileSync(file, toolsFileOf('payments', TOOLS).replace('"minimum": 1', '"minimum": 0'))
  await expect(startService({ resources: [{ name: 'payments', tools: { file } }] })).rejects.toThrow(ToolsFileError)
  await expect(startService({ resources: [{ name: 'payments', tools: { file: join(folder, 'none.json') } }] })).rejects.toThrow(/none\.json/)
  await expect(startService({ resources: [{ name: 'tickets', tools: { file: join(folder, 'payments.tools.json') } }] })).rejects.toThrow(/not of another one/)
})
