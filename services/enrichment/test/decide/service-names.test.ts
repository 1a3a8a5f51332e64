import { expect, it } from 'vitest'
import { testConfig, tryTestConfig } from '@bailiwick/kit/test-config'

const EDGE = { name: 'edge', doors: ['ext_mcp'], resource_from: 'service_name' }

it('maps servers behind a gateway to resources', () => {
  const config = testConfig({ gateways: [{ ...EDGE, service_names: { 'pay.example': 'payments', crm: 'crm' } }] })
  expect(config.gateways[0]?.serviceNames).toEqual({ 'pay.example': 'payments', crm: 'crm' })
  expect(config.gateways[1]?.serviceNames).toEqual({})
})

it('takes them beside another source of the resource where the gateway may join servers', () => {
  const config = testConfig({
    gateways: [{ ...EDGE, doors: ['ext_authz'], dialect: 'agentgateway', resource_from: 'context_extension', service_names: { a: 'crm', b: 'crm' } }],
  })
  expect(config.gateways[0]?.serviceNames).toEqual({ a: 'crm', b: 'crm' })
})

it('lets a server that is joined with no other be called anything', () => {
  expect(testConfig({ gateways: [{ ...EDGE, service_names: { crm_eu: 'crm' } }] }).gateways[0]?.serviceNames).toEqual({ crm_eu: 'crm' })
})

it.each([
  ['no server', {}, 'gateways[0].service_names'],
  ['a resource outside its list', { service_names: { a: 'elsewhere' } }, 'gateways[0].service_names.a'],
  ['a server whose prefix has no end', { service_names: { crm_eu: 'crm', crm: 'crm' } }, 'gateways[0].service_names.crm_eu'],
  ['a server with the joint of URIs in its name', { service_names: { 'crm+eu': 'crm', crm: 'crm' } }, 'gateways[0].service_names["crm+eu"]'],
  [
    'servers of a gateway that joins none',
    { doors: ['ext_authz'], resource_from: 'context_extension', service_names: { a: 'crm' } },
    'gateways[0].service_names',
  ],
])('refuses %s', (_what, change, path) => {
  const result = tryTestConfig({ gateways: [{ ...EDGE, ...change }] })
  expect(result.ok ? [] : result.problems.map((problem) => problem.path)).toContain(path)
})
