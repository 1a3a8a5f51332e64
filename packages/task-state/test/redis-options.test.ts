// What the store on Redis is opened with, and what a server says of itself: refused where it could not keep the promise, and never shown.
import { describe, expect, it } from 'vitest'
import { testClock } from '@bailiwick/kit/clock'
import { memoryLedger } from '@bailiwick/kit/test-store'
import type { ReplicaPlan } from '@bailiwick/config'
import { Fault } from '@bailiwick/core'
import { clientOptions } from '../src/redis/client-options.ts'
import { settingsOf } from '../src/redis/options.ts'
import type { RedisTaskStoreOptions } from '../src/redis/options.ts'
import { assertUsable, knowsWaitAof, replicaAgesOf, serverInfoOf, settingsOfServer } from '../src/redis/server-info.ts'

const options: RedisTaskStoreOptions = { url: 'redis://127.0.0.1', ledger: memoryLedger(), clock: testClock(), nodeId: 'node-1' }

describe('the options of the store', () => {
  it.each<[string, ReplicaPlan]>([
    ['an old primary that keeps a replica goes on while the new one confirms', { promotable: 3, minToWrite: 1, acks: 1 }],
    ['nobody ever has what is acknowledged', { promotable: 1, minToWrite: 1, acks: 0 }],
    ['more acknowledgements than replicas', { promotable: 1, minToWrite: 0, acks: 2 }],
    ['more replicas to write than replicas', { promotable: 1, minToWrite: 2, acks: 1 }],
    ['everything denies after a failover', { promotable: 1, minToWrite: 1, acks: 1 }],
    ['half a replica', { promotable: 1, minToWrite: 0.5, acks: 1 }],
    ['less than none', { promotable: 0, minToWrite: 0, acks: -1 }],
  ])('refuse a plan in which %s', (_, replicas) => {
    expect(() => settingsOf({ ...options, replicas })).toThrow(/"replicas/)
  })

  it.each<ReplicaPlan>([
    { promotable: 0, minToWrite: 0, acks: 0 },
    { promotable: 1, minToWrite: 0, acks: 1 },
    { promotable: 2, minToWrite: 1, acks: 2 },
    { promotable: 2, minToWrite: 1, acks: 1 },
  ])('take $promotable promotable, $minToWrite to write, $acks to confirm', (replicas) => {
    expect(settingsOf({ ...options, replicas }).plan).toEqual(replicas)
  })

  it.each<[string, Partial<RedisTaskStoreOptions>]>([
    ['nodeId', { nodeId: '' }],
    ['url', { url: 'redis://me:hunter2@h/x' }],
    ['namespace', { namespace: 'a}b' }],
    ['namespace', { namespace: '' }],
    ['confirmWithinMs', { confirmWithinMs: 5000 }],
    ['readWithinMs', { readWithinMs: Number.NaN }],
    ['openWithinMs', { openWithinMs: 0 }],
  ])('refuse a wrong %s by name', (name, change) => {
    expect(() => settingsOf({ ...options, ...change })).toThrow(`"${name}"`)
  })

  it('are turned into a client that queues, repeats and resends nothing', () => {
    const settings = settingsOf(options)
    for (const name of ['reads', 'acts', 'works'] as const) {
      expect(clientOptions(settings, name)).toMatchObject({
        enableOfflineQueue: false,
        maxRetriesPerRequest: 0,
        autoResendUnfulfilledCommands: false,
        protocol: 2,
        connectTimeout: 1000,
      })
    }
    expect(clientOptions(settings, 'reads').commandTimeout).toBe(25)
    // Above the wait for replicas: the answer to WAIT must be able to arrive.
    expect(clientOptions(settings, 'acts').commandTimeout).toBeGreaterThan(settings.confirmWithinMs)
  })

  it('verify the server where the URL says TLS, and watch for failovers where it names Sentinels', () => {
    const tls = clientOptions(settingsOf({ ...options, url: 'rediss://redis.example.com' }), 'reads').tls
    expect(tls).toMatchObject({ servername: 'redis.example.com', rejectUnauthorized: true })
    expect(clientOptions(settingsOf({ ...options, url: 'rediss://10.0.0.1' }), 'reads').tls).toEqual({ rejectUnauthorized: true })
    expect(clientOptions(settingsOf({ ...options, url: 'redis+sentinel://a/main' }), 'reads')).toMatchObject({
      name: 'main',
      role: 'master',
      failoverDetector: true,
    })
  })
})

const INFO =
  '# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\n# Persistence\r\naof_enabled:1\r\naof_last_write_status:ok\r\nrdb_last_bgsave_status:ok\r\n# Replication\r\nrole:master\r\nconnected_slaves:2\r\nslave0:ip=10.0.0.2,port=6379,state=online,offset=1,lag=0\r\nmin_slaves_good_slaves:2\r\nmaster_replid:def\r\n# Memory\r\nmaxmemory_policy:noeviction\r\n# Keyspace\r\ndb0:keys=1,expires=0\r\ndb3:keys=2,expires=0\r\n'

describe('what a server says of itself', () => {
  it('is read for its incarnation, role, replicas and databases', () => {
    expect(serverInfoOf(INFO)).toEqual({
      incarnation: 'abc.def',
      version: '7.0.15',
      valkey: false,
      role: 'master',
      replicas: 2,
      goodReplicas: 2,
      appendOnly: true,
      lastWriteOk: true,
      evictionPolicy: 'noeviction',
      replicaEndpoints: [{ host: '10.0.0.2', port: 6379 }],
      priority: undefined,
      linkUp: false,
      databases: [0, 3],
    })
  })

  it('is read as failed where either way of writing to disk failed, and as unknown where it does not say', () => {
    expect(serverInfoOf(INFO.replace('aof_last_write_status:ok', 'aof_last_write_status:err')).lastWriteOk).toBe(false)
    expect(serverInfoOf(INFO.replace('rdb_last_bgsave_status:ok', 'rdb_last_bgsave_status:err')).lastWriteOk).toBe(false)
    expect(serverInfoOf(INFO.replace('aof_last_write_status:ok\r\n', '')).lastWriteOk).toBeUndefined()
  })

  it.each(['run_id', 'master_replid', 'role'])('is refused without its %s', (name) => {
    expect(() => serverInfoOf(INFO.replace(new RegExp(`${name}:.*`), `${name}:`))).toThrow(Fault)
    expect(() => serverInfoOf(null)).toThrow(Fault)
  })

  it.each<[string, Partial<ReturnType<typeof serverInfoOf>>, readonly string[], string]>([
    ['a replica', { role: 'slave' }, [], 'store_not_primary'],
    ['a primary that writes without replicas', { goodReplicas: undefined }, [], 'store_unsafe'],
    ['a primary that wants too few', {}, ['min-replicas-to-write', '0', 'min-replicas-max-lag', '1'], 'store_unsafe'],
    ['a primary that notices too late', {}, ['min-replicas-to-write', '1', 'min-replicas-max-lag', '10'], 'store_unsafe'],
  ])('refuses %s', (_, change, config, code) => {
    const plan = { promotable: 2, minToWrite: 1, acks: 2 }
    expect(() => assertUsable({ ...serverInfoOf(INFO), ...change }, settingsOfServer(config), plan)).toThrow(expect.objectContaining({ code }))
    expect(() => assertUsable(serverInfoOf(INFO), settingsOfServer(undefined), plan)).not.toThrow()
    // It does not know the command that would say what is on disk.
    expect(() => assertUsable(serverInfoOf(INFO), settingsOfServer(undefined), { ...plan, synced: true })).toThrow(
      expect.objectContaining({ code: 'store_unsafe' }),
    )
  })

  it('calls its disk durable only when every commit is there, also while the file is rewritten', () => {
    const always = ['appendonly', 'yes', 'appendfsync', 'always', 'no-appendfsync-on-rewrite', 'no']
    expect(settingsOfServer(always).fsyncAlways).toBe(true)
    for (const [at, value] of [
      [1, 'no'],
      [3, 'everysec'],
      [5, 'yes'],
    ] as const) {
      expect(settingsOfServer(always.with(at, value)).fsyncAlways).toBe(false)
    }
    expect(settingsOfServer(undefined).fsyncAlways).toBeUndefined()
  })

  it('lists its replicas with how long they are there, or is not believed', () => {
    expect(replicaAgesOf('')).toEqual([])
    expect(replicaAgesOf('id=3 addr=1 name= age=7 idle=0 cmd=psync\nid=4 addr=2 name= age=0 idle=0 cmd=psync\n')).toEqual([7, 0])
    expect(replicaAgesOf('id=3 addr=1 name=\n')).toBeUndefined()
    expect(replicaAgesOf(null)).toBeUndefined()
  })

  it.each([
    ['7.0.15', false],
    ['7.2.0', true],
    ['8.0.1', true],
    ['6.2.14', false],
    ['', false],
  ])('version %s knows WAITAOF: %s', (version, knows) => {
    expect(knowsWaitAof(version)).toBe(knows)
  })
})
