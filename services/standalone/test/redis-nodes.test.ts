// Two nodes on one real Redis: what is revoked at one is denied at the other, and when the store is gone both deny and say why.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startRedis } from '@bailiwick/kit/redis-server'
import type { RedisServer } from '@bailiwick/kit/redis-server'
import { silentLog } from '@bailiwick/kit/silent-log'
import { makeTestTrustDomain } from '@bailiwick/kit/test-clients'
import { testConfig } from '@bailiwick/kit/test-config'
import { withRedis } from '@bailiwick/kit/with-redis'
import { startStandalone } from '../src/index.ts'
import { openTriageHouse } from './triage-house.ts'
import type { TriageHouse } from './triage-house.ts'

const PASSWORD = 'kept-out-of-every-log'

await withRedis('two nodes on one Redis', (program) => {
  let server: RedisServer
  let keys: string
  let one: TriageHouse
  let two: TriageHouse

  beforeAll(async () => {
    server = await startRedis(program, { appendonly: 'yes', appendfsync: 'always', requirepass: PASSWORD })
    keys = mkdtempSync(join(tmpdir(), 'bailiwick-keys-'))
    const domain = await makeTestTrustDomain('example.org')
    const issuer = 'http://127.0.0.1:8420'
    const node = (id: string): Promise<TriageHouse> =>
      openTriageHouse({
        issuer,
        domain,
        settings: {
          node: { id },
          keys: { directory: keys },
          // What is tested here is what is answered; how soon, on a machine that does nothing else, is measured.
          store: { url: `redis://:${PASSWORD}@127.0.0.1:${server.port}`, controls: ['node-1', 'node-2'], read_timeout: '900ms' },
          limits: { decision: '5s' },
        },
      })
    const first = node('node-1')
    ;[one, two] = await Promise.all([first, first.then(() => node('node-2'))])
    await eventually(async () => (await one.running.ready()).length + (await two.running.ready()).length === 0)
  })
  afterAll(async () => {
    await Promise.all([one.close(), two.close()])
    await server.close()
    rmSync(keys, { recursive: true, force: true })
  })

  it('what is revoked at one is denied at the other', async () => {
    const { taskId, tokens } = await one.boot()
    expect((await two.decide('tickets', tokens.get('tickets'), 'ticket_get')).body).toMatchObject({ effect: 'allow' })
    const revoked = await two.revoke({ kind: 'task', id: taskId })
    expect(revoked).toMatchObject({
      status: 200,
      body: { status: 'confirmed', durability: 'local', replicas: { needed: 0, acked: 0 }, nodes: [{ id: 'node-2' }], affected: { tasks: 1 } },
    })
    expect((await one.decide('tickets', tokens.get('tickets'), 'ticket_get')).body).toMatchObject({ effect: 'deny', reason: 'task_revoked' })
    expect((await one.exchange(taskId, 'tickets')).body).toMatchObject({ reason: 'task_revoked' })
  })

  it('without the store both deny, are not ready, count it, and come back by themselves', async () => {
    const { tokens } = await one.boot()
    await server.kill()
    expect((await two.decide('tickets', tokens.get('tickets'), 'ticket_get')).body).toMatchObject({ effect: 'deny', reason: 'state_unavailable' })
    await eventually(async () => (await one.running.ready()).some(({ check, problem }) => check === 'state' && problem.startsWith('store_')))
    expect(await two.scrape()).toMatch(/bailiwick_store_errors_total\{[^}]*code="store_/)
    await server.restart()
    await eventually(async () => (await one.running.ready()).length + (await two.running.ready()).length === 0)
    expect((await two.decide('tickets', tokens.get('tickets'), 'ticket_get')).body).toMatchObject({ effect: 'allow' })
  })

  it('waits for a node that has to put back its acts, says for which, and answers once an operator said so, on record', async () => {
    const namespace = 'waiting'
    const store = { url: `redis://:${PASSWORD}@127.0.0.1:${server.port}`, namespace, controls: ['node-1', 'node-2'], read_timeout: '900ms' }
    const house = await openTriageHouse({ settings: { node: { id: 'node-1' }, store } })
    try {
      expect((await house.operate('/v1/store')).body).toEqual({ kind: 'redis', status: 'unavailable', problem: 'store_recovering', waits_for: ['node-2'] })
      expect(await house.running.ready()).toContainEqual({ check: 'state', problem: 'store_recovering' })
      expect(await house.operate('/v1/store/override-gate', {})).toMatchObject({ status: 400 })
      expect(await house.operate('/v1/store/override-gate', { reason: 'node-2 burnt down' })).toMatchObject({
        status: 200,
        body: { overridden: true, missing: ['node-2'], epoch: 1 },
      })
      await eventually(async () => (await house.running.ready()).length === 0)
      expect((await house.operate('/v1/store')).body).toMatchObject({ status: 'answering', waits_for: [], revision: { epoch: 1 } })
      // Nobody is waited for any more: there is nothing to override.
      expect(await house.operate('/v1/store/override-gate', { reason: 'again' })).toMatchObject({ status: 404 })
      const { body } = await house.operate('/v1/decisions?kind=store&effect=allow')
      expect(body['items']).toMatchObject([
        {
          action: { method: 'override_gate' },
          act: { gate_overridden: true, missing: ['node-2'], reason: 'node-2 burnt down' },
          subject: { sub: 'operator:operator' },
        },
      ])
    } finally {
      await house.close()
    }
  })

  it('the password is in no line of their logs', () => {
    const lines = [...one.lines, ...two.lines].join('\n')
    expect(lines).toContain('task store')
    expect(lines).not.toContain(PASSWORD)
  })

  it('a node that serves control and is none of those everybody waits for does not start', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bailiwick-config-'))
    try {
      const store = { url: `redis://:${PASSWORD}@127.0.0.1:${server.port}`, controls: ['node-1', 'node-2'] }
      const config = testConfig({ node: { id: 'node-3' }, store, listen: '127.0.0.1:0' }, { directory })
      await expect(startStandalone({ config, log: silentLog().log })).rejects.toThrow('store.controls must name this node')
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + 15_000
  while (!(await holds())) {
    if (performance.now() > until) throw new Error('did not come to hold')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
