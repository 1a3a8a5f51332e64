import { expect, it } from 'vitest'
import { testConfig, tryTestConfig } from '@bailiwick/kit/test-config'

const EDGE = { name: 'edge', doors: ['ext_mcp'], resource_from: 'service_name' }

it('maps servers behind a gateway to resources', () => {
  const config = testConfig({ gateways: [{ ...EDGE, service_names: { 'pay.example': 'payments', crm: 'crm' } }] })
  expect(config.gateways[0]?.serviceNames).toEqual({ 'pay.example': 'payments', crm: 'crm' })
  expect(config.gateways[1]?.serviceNames).toEqual({})
})

it.each([
  ['no server', {}, 'gateways[0].service_names'],
  ['a resource outside its list', { service_names: { a: 'elsewhere' } }, 'gateways[0].service_names.a'],
])('refuses %s', (_what, change, path) => {
  const result = tryTestConfig({ gateways: [{ ...EDGE, ...change }] })
  expect(result.ok ? [] : result.problems.map((problem) => problem.path)).toContain(path)
})
