// The store over TLS, on a real server that wants a certificate of its clients: the chain and the name are checked, both ways, and Sentinels alike.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startRedis } from '@bailiwick/kit/redis-server'
import type { RedisServer } from '@bailiwick/kit/redis-server'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import { withRedis } from '@bailiwick/kit/with-redis'
import type { RedisTls } from '../src/index.ts'
import { created, expectConfirmed, expectDenied, faultOf } from './expectations.ts'
import { newTask, query, revocation } from './fixtures.ts'
import { closeAllAfterEachTest, inspected, openOn } from './redis-support.ts'

await withRedis('the store over TLS', (program) => {
  closeAllAfterEachTest()
  let folder: string
  let server: RedisServer | undefined
  let url: string
  let tls: RedisTls
  let strange: RedisTls
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bailiwick-redis-tls-'))
    const authority = makeTestAuthority(folder)
    const other = makeTestAuthority(folder, 'other')
    const own = authority.issue('redis', { dns: ['redis.example.com'], ip: ['127.0.0.1'] })
    const client = authority.issue('client', { dns: ['node-1'] })
    const stranger = other.issue('stranger', { dns: ['node-1'] })
    const read = (file: string): string => readFileSync(file, 'utf8')
    tls = { ca: read(authority.ca), cert: read(client.cert), key: read(client.key) }
    strange = { ca: read(authority.ca), cert: read(stranger.cert), key: read(stranger.key) }
    const port = await freePort()
    url = `rediss://127.0.0.1:${port}`
    const settings = {
      'tls-port': String(port),
      'tls-cert-file': own.cert,
      'tls-key-file': own.key,
      'tls-ca-cert-file': authority.ca,
      'tls-auth-clients': 'yes',
    }
    server = await startRedis(program, { appendonly: 'yes', appendfsync: 'always', ...settings }).catch(() => undefined)
    if (server === undefined) process.stdout.write('skipped: the store over TLS: this redis-server was built without TLS\n')
  })
  afterAll(async () => {
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('reads and acts, and doctor sees it', async ({ skip }) => {
    if (server === undefined) return skip()
    const { store } = await openOn({ url }, { tls })
    const task = await created(store, newTask())
    expectConfirmed(await store.revoke(revocation('task', task.id)))
    expectDenied(await store.readStanding(query(task.id)), 'task_revoked')
    expect((await inspected({ url }, { tls }))['confirmation']).toMatchObject({ status: 'pass' })
  })

  it.each<[string, () => RedisTls]>([
    ['an authority nobody named', () => ({ cert: tls.cert ?? '', key: tls.key ?? '' })],
    ['another name than the certificate carries', () => ({ ...tls, servername: 'other.example.com' })],
    ['a client certificate of another authority', () => strange],
    ['no client certificate', () => ({ ca: tls.ca ?? '' })],
  ])('does not open with %s', async (_, made) => {
    if (server === undefined) return
    expect(await faultOf(openOn({ url }, { tls: made(), openWithinMs: 700 }))).toBe('store_unreachable')
  })

  it('does not take a Sentinel with another name than its certificate carries', async ({ skip }) => {
    if (server === undefined) return skip()
    const sentinel = { tls: { ...tls, servername: 'other.example.com' } }
    const asked = openOn({ url: `${url.replace('rediss', 'redis+sentinel')}/main` }, { tls, sentinel, openWithinMs: 1500 })
    expect(await faultOf(asked)).toBe('store_unreachable')
  })

  it('takes the name that was configured, whatever the address', async ({ skip }) => {
    if (server === undefined) return skip()
    const { store } = await openOn({ url }, { tls: { ...tls, servername: 'redis.example.com' } })
    await store.health()
  })

  it('does not speak in clear to a port that wants TLS', async ({ skip }) => {
    if (server === undefined) return skip()
    expect(await faultOf(openOn({ url: url.replace('rediss', 'redis') }, { openWithinMs: 700 }))).toBe('store_unreachable')
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
