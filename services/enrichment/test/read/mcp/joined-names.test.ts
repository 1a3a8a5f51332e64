import { expect, it } from 'vitest'
import { jointOf, ownNameOf } from '../../../src/read/mcp/joined-names.ts'
import { MCP_REQUEST_METHODS, nameSourceOf, versionKnowing } from '../../../src/read/mcp/versions.ts'

const TWO = ['tickets', 'crm']

it('takes the server’s name and the joint off', () => {
  expect(ownNameOf('tickets_ticket_get', '_', TWO)).toBe('ticket_get')
  expect(ownNameOf('crm+file:///a+b', '+', TWO)).toBe('file:///a+b')
})

it('leaves the name of one server’s thing as it is', () => {
  expect(ownNameOf('tickets_ticket_get', '_', ['tickets'])).toBe('tickets_ticket_get')
  expect(ownNameOf('tickets_ticket_get', '_', [])).toBe('tickets_ticket_get')
})

it.each([
  ['no prefix', 'ticketget', '_', TWO],
  ['a server that is none of them', 'payroll_list', '_', TWO],
  ['another spelling of a server', 'Tickets_ticket_get', '_', TWO],
  ['nothing behind the prefix', 'tickets_', '_', TWO],
  ['an empty prefix', '_tickets_get', '_', TWO],
  ['the joint of another kind', 'tickets+x', '_', TWO],
  ['a prefix two servers begin with', 'crm_eu_get', '_', ['crm', 'crm_eu']],
  ['a server whose name the gateway would cut', 'crm_eu_get', '_', ['crm_eu', 'pay']],
  ['a URI of a server’s own with a joint in its scheme', 'svn+ssh://host/a', '+', TWO],
  ['a ui:// URI', 'ui://tickets+view', '+', TWO],
] as const)('knows no server for %s', (_what, shown, joint, services) => {
  expect(ownNameOf(shown, joint, services)).toBeUndefined()
})

it('has a joint for every method that names a thing', () => {
  const naming = MCP_REQUEST_METHODS.filter(
    (method) => !['none', 'filter'].includes(nameSourceOf('request', method, versionKnowing('request', method)) ?? 'none'),
  )
  expect(naming.length).toBeGreaterThan(8)
  expect(naming.filter((method) => jointOf(method, 'x') === undefined)).toEqual([])
})

it('tells a template of a completion from a prompt by its colon', () => {
  expect(jointOf('completion/complete', 'tickets_summary')).toBe('_')
  expect(jointOf('completion/complete', 'tickets+file:///{id}')).toBe('+')
})
