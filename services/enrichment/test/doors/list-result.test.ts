import { expect, it } from 'vitest'
import { readListResult } from '../../src/doors/ext-mcp/list-result.ts'
import type { ListResult } from '../../src/doors/ext-mcp/list-result.ts'

function read(method: string, result: unknown, services: readonly string[] = ['payments-server']): ListResult {
  const list = readListResult(method, Buffer.from(typeof result === 'string' ? result : JSON.stringify(result)), services, 1024 * 1024)
  if (typeof list === 'string') throw new Error(list)
  return list
}

const TOOLS = {
  tools: [
    { name: 'refund_issue', description: 'gives money', inputSchema: { type: 'object', properties: { amount: { maximum: 1.5 } } } },
    { name: 'refund_status' },
  ],
  nextCursor: 'page-2',
  _meta: { from: 'server' },
}

it('names the entries and keeps everything of those that stay', () => {
  const list = read('tools/list', TOOLS)
  expect(list.names).toEqual(['refund_issue', 'refund_status'])
  expect(list.keeping(new Set(['refund_issue']))).toEqual({ ...TOOLS, tools: [TOOLS.tools[0]] })
  expect(list.keeping(new Set())).toEqual({ ...TOOLS, tools: [] })
})

it('changes nothing where everything may stay', () => {
  expect(read('tools/list', TOOLS).keeping(new Set(['refund_issue', 'refund_status', 'another']))).toBeUndefined()
})

it.each([
  ['prompts/list', { prompts: [{ name: 'p' }] }, ['p']],
  ['resources/list', { resources: [{ uri: 'file:///a', name: 'A' }] }, ['file:///a']],
  ['resources/templates/list', { resourceTemplates: [{ uriTemplate: 'file:///{id}', name: 'T' }] }, ['file:///{id}']],
  ['tasks/list', { tasks: [{ taskId: 't-1' }] }, ['t-1']],
])('reads the entries of %s by what names them', (method, result, names) => {
  expect(read(method, result).names).toEqual(names)
})

it('never lets a result be shared that was made for one caller', () => {
  const list = read('tools/list', { tools: [{ name: 'a' }], cacheScope: 'public', ttlMs: 1000 })
  expect(list.keeping(new Set(['a']))).toEqual({ tools: [{ name: 'a' }], cacheScope: 'private', ttlMs: 1000 })
  expect(read('tools/list', { tools: [], cacheScope: 'private' }).keeping(new Set())).toBeUndefined()
})

it('leaves out what has no name, or a second spelling of one', () => {
  const list = read('tools/list', { tools: [{ title: 'nameless' }, { name: 'a', Name: 'b' }, 'text', { name: 7 }, { name: 'c' }] })
  expect(list.names).toEqual(['c'])
  expect(list.keeping(new Set(['a', 'b', 'c']))).toEqual({ tools: [{ name: 'c' }] })
})

it('takes the gateway’s prefix off where it joined several servers, and leaves out what could be two servers’', () => {
  const services = ['crm', 'crm_eu', 'pay']
  const list = read('tools/list', { tools: [{ name: 'pay_refund' }, { name: 'crm_eu_get' }, { name: 'unprefixed' }, { name: 'crm_get' }] }, services)
  expect(list.names).toEqual(['refund', 'get'])
  expect(list.keeping(new Set(['refund']))).toEqual({ tools: [{ name: 'pay_refund' }] })
  expect(read('resources/list', { resources: [{ uri: 'pay+file:///a' }, { uri: 'file:///b' }] }, services).names).toEqual(['file:///a'])
})

it.each([
  ['no JSON', '{'],
  ['a repeated member', '{"tools":[{"name":"a"}],"tools":[]}'],
  ['a member that folds onto the list', '{"tools":[{"name":"a"}],"Tools":[]}'],
  ['no list', '{"tools":{}}'],
  ['no object', '[]'],
  ['nothing', ''],
])('is unreadable: %s', (_what, text) => {
  expect(readListResult('tools/list', Buffer.from(text), ['a'], 1024)).toBe('unreadable')
})

it('is unreadable over the limit, and unlisted where the method answers with no list', () => {
  expect(readListResult('tools/list', Buffer.from(JSON.stringify(TOOLS)), ['a'], 10)).toBe('unreadable')
  expect(readListResult('tools/call', Buffer.from('{}'), ['a'], 10)).toBe('unlisted')
})
