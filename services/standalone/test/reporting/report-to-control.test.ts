// A node and whatever stands where control should: one that is away, slow, lying, or control itself. The node's own journal is the real one.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openJournal } from '@bailiwick/audit'
import type { AuditEntry, Journal } from '@bailiwick/audit'
import { newDecisionId, systemClock } from '@bailiwick/core'
import { silentLog } from '@bailiwick/kit/silent-log'
import { openTestStore } from '@bailiwick/kit/test-store'
import { testConfig } from '@bailiwick/kit/test-config'
import type { Reported } from '@bailiwick/runtime'
import type { TaskStore } from '@bailiwick/task-state'
import { reportToControl } from '../../src/reporting/report-to-control.ts'

interface Post {
  readonly path: string
  readonly assertion: string
  readonly body: { readonly records: readonly unknown[]; readonly last_revision: unknown }
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'edge-1-key' }
let folder: string
let journal: Journal
let store: TaskStore
let closeStore: () => Promise<void>
let server: Server
let url: string
let answer: (response: ServerResponse, post: Post, request: IncomingMessage) => void = () => {}
const posts: Post[] = []
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-reporting-'))
  journal = await openJournal({ file: join(folder, 'audit.db'), node: 'edge-1', clock: systemClock, reservedBytes: 0 })
  ;({ store, close: closeStore } = await openTestStore({ clock: systemClock }))
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const post: Post = {
        path: request.url ?? '',
        assertion: String(request.headers['client-assertion']),
        body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as Post['body'],
      }
      posts.push(post)
      answer(response, post, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  posts.length = 0
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await journal.close()
  await closeStore()
  rmSync(folder, { recursive: true, force: true })
})

function json(status: number, body: object): typeof answer {
  return (response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const entry = (): AuditEntry => ({ kind: 'decision', decision_id: newDecisionId(Date.now()), effect: 'allow', plane: 'gateways', door: 'v1' })

interface Reporting {
  readonly rounds: Reported[]
  readonly lines: readonly string[]
  seen(count: number): Promise<void>
}

function start(to = url, clientKey = JSON.stringify(key)): Reporting {
  const config = testConfig()
  const rounds: Reported[] = []
  const waiters: { readonly count: number; readonly resolve: () => void }[] = []
  const { log, lines } = silentLog()
  const reporting = reportToControl(
    {
      config: { issuer: config.issuer, node: { id: 'edge-1', tls: {} } },
      journal,
      store,
      clock: systemClock,
      log,
      metrics: {
        reporting: () => {},
        reported: (round) => {
          rounds.push(round)
          for (const waiter of waiters) if (rounds.length >= waiter.count) waiter.resolve()
        },
      },
    },
    { url: to, clientKey },
  )
  closing.push(() => reporting.close())
  return {
    rounds,
    lines,
    seen: (count) =>
      new Promise((resolve) => {
        if (rounds.length >= count) resolve()
        else waiters.push({ count, resolve })
      }),
  }
}

describe('a node that reports', () => {
  it('asks first, then sends, each time with an assertion of its own and where the store stands', async () => {
    await journal.append(entry())
    answer = (response, post, request) => json(200, { outcome: 'taken', watermark: post.body.records.length, hash: hashOf(post) })(response, post, request)
    const { seen, rounds } = start()
    await seen(2)
    const control = new URL(url).host
    expect(rounds.slice(0, 2)).toEqual([
      { control, outcome: 'taken', sent: 0 },
      { control, outcome: 'taken', sent: 1 },
    ])
    expect(posts[0]?.path).toBe('/v1/nodes/edge-1/journal')
    expect(posts[1]?.body.last_revision).toMatchObject({ store_id: (await store.health()).storeId })
    expect(posts[0]?.assertion).not.toBe(posts[1]?.assertion)
  })

  it.each([
    ['refuses it', json(401, { reason: 'client_unauthenticated' })],
    ['is busy', json(503, { reason: 'audit_unavailable' })],
    ['answers what is not JSON', (response: ServerResponse) => void response.writeHead(200).end('<html>')],
    ['answers what is no end of a copy', json(200, { outcome: 'taken', watermark: -0.5, hash: '' })],
    ['answers without end', (response: ServerResponse) => void response.writeHead(200).end('x'.repeat(128 * 1024))],
    ['sends it elsewhere', (response: ServerResponse) => void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()],
    ['hangs up', (_response: ServerResponse, _post: Post, request: IncomingMessage) => void request.socket.destroy()],
  ])('goes on deciding and recording where control %s, and says so without its key or its assertion', async (_what, behaves) => {
    answer = behaves
    const { seen, rounds, lines } = start()
    await seen(1)
    expect(rounds[0]).toMatchObject({ outcome: 'not_sent', sent: 0 })
    expect((await journal.append(entry())).seq).toBeGreaterThan(0)
    const said = lines.join('\n')
    expect(said).toContain('control does not take the records of this node')
    expect([said.includes(String(key.d)), said.includes(posts[0]?.assertion ?? 'none')]).toEqual([false, false])
  })

  it('goes on where nobody is', async () => {
    const { seen, rounds } = start('http://127.0.0.1:1')
    await seen(1)
    expect(rounds[0]).toMatchObject({ outcome: 'not_sent', sent: 0 })
  })

  it('stops at once when it is closed in the middle of a wait', async () => {
    answer = json(503, {})
    const { seen } = start()
    await seen(1)
    for (const close of closing.splice(0)) await close()
    const count = posts.length
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(posts.length).toBe(count)
  })

  it('does not start with a key that is none, and does not say what it was given', () => {
    expect(() => start(url, 'not-a-key-hunter2')).toThrow(new TypeError('"node.client_key" must be a private key: a JWK, or PEM'))
    expect(() => start(url, JSON.stringify({ kty: 'EC' }))).toThrow(TypeError)
  })
})

function hashOf(post: Post): string {
  const last: unknown = post.body.records.at(-1)
  return typeof last === 'object' && last !== null && 'hash' in last && typeof last.hash === 'string' ? last.hash : ''
}
