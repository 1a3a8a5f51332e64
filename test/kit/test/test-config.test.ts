import { existsSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { parseClientId, parseResourceName } from '@bailiwick/core'
import { makeTestClient } from '@bailiwick/kit/test-clients'
import { TEST_GATEWAY_SECRET, testConfig, tryTestConfig } from '@bailiwick/kit/test-config'
import { expect, it } from 'vitest'

const clientOf = (config: ReturnType<typeof testConfig>, name: string) => {
  const id = parseClientId(name)
  return id === undefined ? undefined : config.clients.get(id)
}

it('is the story of the support desk', () => {
  const config = testConfig()
  expect([...config.clients.keys()]).toEqual(['support-portal', 'refund-agent', 'triage-agent', 'payments-server'])
  expect([...config.resources.keys()]).toEqual(['payments', 'tickets', 'crm', 'payroll', 'models'])
  expect(config.gateways.map((gateway) => gateway.name)).toEqual(['edge', 'local'])
  expect(config.gateways[0]?.authentication).toEqual({ method: 'shared_secret', secretHashes: [createHash('sha256').update(TEST_GATEWAY_SECRET).digest()] })
})

it('leaves nothing on disk', () => {
  expect(existsSync(testConfig().file.replace(/\/[^/]+$/, ''))).toBe(false)
})

it('takes a patch by the name of the entry', async () => {
  const portal = await makeTestClient('support-portal')
  const config = testConfig({
    clients: [{ id: 'support-portal', jwks: portal.jwks }],
    resources: [
      { name: 'payments', mode: 'shadow' },
      { name: 'extra', kind: 'mcp', uri: 'https://extra.example.com/mcp' },
    ],
    limits: { task_lifetime: '1d' },
  })
  expect(clientOf(config, 'support-portal')).toMatchObject({ mayLaunch: true, authentication: { jwks: portal.jwks } })
  const payments = parseResourceName('payments')
  expect(payments && config.resources.get(payments)).toMatchObject({ mode: 'shadow', unbound: ['refund_status'] })
  expect(config.resources.size).toBe(6)
  expect(config.limits.taskLifetimeSeconds).toBe(86_400)
})

it('removes a setting with null', () => {
  const config = testConfig({ clients: [{ id: 'triage-agent', task_template: null }] })
  expect(clientOf(config, 'triage-agent')).not.toHaveProperty('taskTemplate')
})

it('refuses what the real parser refuses', () => {
  expect(tryTestConfig({ listen: '0.0.0.0:8420' })).toMatchObject({ ok: false, problems: [{ path: 'listen' }] })
  expect(() => testConfig({ listen: '0.0.0.0:8420' })).toThrow('listen')
})
