// What doctor sees of a store on Redis: every item, in order and not, and what cannot be seen.
import { describe, expect, it } from 'vitest'
import { startRedis, startReplicated, startSentinels } from '@bailiwick/kit/redis-server'
import type { RedisServerSettings } from '@bailiwick/kit/redis-server'
import { withRedis } from '@bailiwick/kit/with-redis'
import { flawsOf } from '../src/redis/inspect/known-flaws.ts'
import { faultOf } from './expectations.ts'
import { closeAfterTest, closeAllAfterEachTest, eventually, inspected, openOn, statusesOf } from './redis-support.ts'

const PLAN = { promotable: 2, minToWrite: 1, acks: 2 }

describe('known flaws', () => {
  it.each([
    ['6.2.20', false, 'pass'],
    ['6.2.19', false, 'warn'],
    ['7.0.15', false, 'warn'],
    ['7.2.11', false, 'warn'],
    ['8.6.2', false, 'warn'],
    ['8.6.3', false, 'pass'],
    ['9.0.0', false, 'pass'],
    ['7.2.11', true, 'pass'],
    ['8.1.3', true, 'warn'],
    ['9.0.0', true, 'pass'],
  ] as const)('of %s (Valkey: %s): %s', (version, valkey, status) => {
    expect(flawsOf({ version, valkey })).toMatchObject({ status })
  })
})

await withRedis('doctor on Redis', (program) => {
  closeAllAfterEachTest()
  const start = async (settings?: RedisServerSettings): Promise<Awaited<ReturnType<typeof startRedis>>> => {
    const server = await startRedis(program, settings)
    closeAfterTest(() => server.close())
    return server
  }

  it('of one server set up as docs/state.md says finds nothing to refuse', async () => {
    const server = await start()
    const checks = await inspected(server)
    expect(Object.values(checks).filter(({ status }) => status === 'fail' || status === 'unknown')).toEqual([])
    expect(checks).toMatchObject({
      role: { status: 'pass', found: 'master' },
      replicas: { status: 'pass', found: '0' },
      fence: { status: 'pass' },
      confirmation: { status: 'pass', found: expect.stringContaining('local') },
      'run-id': { status: 'pass' },
      // Everybody may do everything on it.
      rights: { status: 'warn', found: expect.stringContaining('FLUSHALL') },
      keys: { status: 'warn' },
    })
    // Nothing it named was run, and nothing was left that takes part in anything.
    expect(await server.command('CONFIG', 'GET', 'save')).toEqual(['save', ''])
    expect(await server.command('KEYS', '*')).toEqual(['{bailiwick}:probe'])
    expect(Number(await server.command('PTTL', '{bailiwick}:probe'))).toBeGreaterThan(0)
  })

  it('says of every item that is not as it must be what it costs', async () => {
    const server = await start({ appendonly: 'no', 'maxmemory-policy': 'allkeys-lru' })
    const checks = await inspected(server, { replicas: PLAN })
    expect(statusesOf(checks)).toMatchObject({
      replicas: 'fail',
      'min-replicas-to-write': 'fail',
      'min-replicas-max-lag': 'fail',
      appendonly: 'fail',
      'maxmemory-policy': 'fail',
      confirmation: 'fail',
    })
    for (const { costs } of Object.values(checks)) expect(costs).toMatch(/\w{3}/)
    expect(statusesOf(await inspected(server))).toMatchObject({ appendfsync: 'fail', confirmation: 'fail', replicas: 'pass' })
  })

  it('does not take for granted what it may not see', async () => {
    const server = await start({
      appendonly: 'yes',
      appendfsync: 'always',
      user: 'bailiwick on >pw ~{bailiwick}:* +info +ping +del +hset +pexpire +wait +select',
    })
    const checks = await inspected({ url: `redis://bailiwick:pw@127.0.0.1:${server.port}` })
    expect(statusesOf(checks)).toMatchObject({
      'min-replicas-to-write': 'unknown',
      'min-replicas-max-lag': 'unknown',
      replicas: 'unknown',
      clock: 'unknown',
      rights: 'unknown',
      keys: 'unknown',
      controls: 'unknown',
      confirmation: 'fail',
    })
  })

  it('looks at the replicas and the Sentinels too', { timeout: 40_000 }, async () => {
    const group = await startReplicated(program, 2, { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '1', appendonly: 'yes' })
    closeAfterTest(() => group.close())
    const [spare, other] = group.replicas
    const hasty = await startSentinels(program, group.primary, { count: 1, downAfterMs: 1000 })
    closeAfterTest(() => hasty.close())
    const patient = await startSentinels(program, group.primary, { count: 1, downAfterMs: 5000 })
    closeAfterTest(() => patient.close())
    const [hastyPort, patientPort] = [hasty.ports[0], patient.ports[0]]
    const url = `redis+sentinel://127.0.0.1:${hastyPort},127.0.0.1:${patientPort}/main`
    // A replica counts once it has been attached for a while.
    await eventually(async () => (await inspected({ url }, { replicas: PLAN }))['confirmation']?.status === 'pass', 20_000)
    const checks = await inspected({ url }, { replicas: PLAN })
    expect(checks).toMatchObject({
      replicas: { status: 'pass', found: '2' },
      'min-replicas-to-write': { status: 'pass' },
      [`replica 127.0.0.1:${spare?.port}`]: { status: 'pass' },
      [`replica 127.0.0.1:${other?.port}`]: { status: 'pass' },
      'replica-priority': { status: 'pass' },
      [`sentinel 127.0.0.1:${hastyPort}`]: { status: 'fail', found: '1000' },
      [`sentinel 127.0.0.1:${patientPort}`]: { status: 'pass' },
      confirmation: { found: expect.stringContaining('2 of 2') },
    })
    await spare?.command('CONFIG', 'SET', 'replica-priority', '0')
    expect((await inspected({ url }, { replicas: PLAN }))['replica-priority']).toMatchObject({ status: 'fail', found: 'above 0 at 1' })
  })

  it('names the nodes that wait for others than this one would', async () => {
    const server = await start()
    await openOn(server, { nodeId: 'node-2', controls: ['node-1', 'node-2'] })
    expect((await inspected(server, { controls: ['node-1', 'node-2'] }))['controls']).toMatchObject({ status: 'pass', found: '1 other node connected' })
    expect((await inspected(server, { controls: ['node-1'] }))['controls']).toMatchObject({ status: 'fail', found: expect.stringContaining('node-2') })
  })

  it('says so when there is nobody to ask', async () => {
    const server = await start()
    await server.kill()
    expect(await faultOf(inspected(server, { openWithinMs: 200 }))).toBe('store_unreachable')
  })
})
