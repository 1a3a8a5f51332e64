// The commands that call control, against a server that answers as control does (and as it must never).
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { run } from './run.ts'
import type { Ran } from './run.ts'

const TOKEN = 'bwop_Zk3v9QmT7xLw2RbN8sYpC5uHdJ4fGa1e'

let folder: string
let server: Server
let url: string
let seen: { readonly method: string; readonly path: string; readonly authorization: string; readonly body: string }[] = []
let answer: (request: IncomingMessage, response: ServerResponse) => void

const json = (status: number, body: object) => (_request: IncomingMessage, response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
const cli = (...args: readonly string[]): Promise<Ran> => run([...args, '--url', url, '--token-file', join(folder, 'operator.token')])

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'))
  writeFileSync(join(folder, 'operator.token'), `${TOKEN}\n`, { mode: 0o600 })
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      seen.push({
        method: request.method ?? '',
        path: request.url ?? '',
        authorization: request.headers.authorization ?? '',
        body: Buffer.concat(chunks).toString('utf8'),
      })
      answer(request, response)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})
beforeEach(() => {
  seen = []
  answer = json(500, {})
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  rmSync(folder, { recursive: true, force: true })
})

const CONFIRMED = { id: 'rev_1', status: 'confirmed', durability: 'local', affected: { tasks: 3 }, hold: true, can_restart: false, elapsed_ms: 1.5 }

describe('revoke', () => {
  it('sends the scope and reason with the operator token and reports what was confirmed', async () => {
    answer = json(200, CONFIRMED)
    const { code, out, err } = await cli('revoke', 'agent', 'client:refund-agent', '--reason', 'misbehaving', '--hold')
    expect(code).toBe(0)
    expect(seen).toMatchObject([{ method: 'POST', path: '/v1/revocations', authorization: `Bearer ${TOKEN}` }])
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ scope: { kind: 'agent', id: 'client:refund-agent' }, reason: 'misbehaving', hold: true })
    expect(out).toContain('confirmed  rev_1  ended 3 live tasks')
    expect(err).toContain('hold lift rev_1')
    expect(out + err).not.toContain(TOKEN)
  })

  it('leaves the hold to the kind unless told', async () => {
    answer = json(200, CONFIRMED)
    await cli('revoke', 'everything', '--reason', 'stop')
    await cli('revoke', 'task', 'task_1', '--reason', 'stop', '--no-hold')
    expect(seen.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { scope: { kind: 'everything', id: '*' }, reason: 'stop' },
      { scope: { kind: 'task', id: 'task_1' }, reason: 'stop', hold: false },
    ])
  })

  it.each([
    ['202', 202, { ...CONFIRMED, status: 'unconfirmed' }],
    ['200 that does not say confirmed', 200, { ...CONFIRMED, status: undefined }],
    ['202 that says confirmed', 202, CONFIRMED],
  ])('never takes a %s for success', async (_what, status, body) => {
    answer = json(status, body)
    const { code, out, err } = await cli('revoke', 'task', 'task_1', '--reason', 'x')
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('NOT CONFIRMED')
  })

  it('only counts with --dry-run', async () => {
    answer = json(200, { dry_run: true, affected: { tasks: 1 }, hold: false })
    expect(await cli('revoke', 'task', 'task_1', '--reason', 'x', '--dry-run')).toMatchObject({ code: 0, out: 'would end 1 live task; nothing was recorded\n' })
  })
})

describe('hold lift', () => {
  it('posts to the revocation and cannot be led to another path', async () => {
    answer = json(200, { ...CONFIRMED })
    expect(await cli('hold', 'lift', '../tasks/x')).toMatchObject({ code: 0 })
    expect(seen).toMatchObject([{ path: '/v1/revocations/..%2Ftasks%2Fx/lift' }])
  })
})

describe('refusals', () => {
  it.each([
    [401, 3],
    [403, 3],
    [409, 1],
    [503, 4],
  ])('%i exits %i with what control said', async (status, code) => {
    answer = json(status, { detail: 'A hold is lifted by somebody else.', reason: 'policy_denied', decision_id: 'dec_1' })
    expect(await cli('hold', 'lift', 'rev_1')).toEqual({ code, out: '', err: 'bailiwick: A hold is lifted by somebody else. [policy_denied] (dec_1)\n' })
  })

  it('404 says that the id is unknown', async () => {
    answer = json(404, { detail: 'The resource of this call is not known here.', reason: 'resource_unknown' })
    expect(await cli('hold', 'lift', 'rev_1')).toMatchObject({ code: 1, err: 'bailiwick: control knows nothing by that id [resource_unknown]\n' })
  })

  it('a server that is not there exits 4', async () => {
    const ran = await run(['task', 'list', '--url', 'http://127.0.0.1:1', '--token-file', join(folder, 'operator.token')])
    expect(ran).toMatchObject({ code: 4, err: expect.stringContaining('cannot reach http://127.0.0.1:1') })
  })

  it('an answer that is no JSON is a failure', async () => {
    answer = (_request, response) => response.end('<html>')
    expect(await cli('task', 'list')).toMatchObject({ code: 1, err: expect.stringContaining('not JSON') })
  })

  it('a redirect is not followed: the token stays here', async () => {
    answer = (_request, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()
    expect(await cli('revoke', 'task', 'task_1', '--reason', 'x')).toMatchObject({ code: 4 })
    expect(seen).toHaveLength(1)
  })
})

describe('the operator token', () => {
  it('is never sent in clear to another machine', async () => {
    const ran = await run(['task', 'list', '--url', 'http://bailiwick.example.com', '--token-file', join(folder, 'operator.token')])
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('use https') })
  })

  it('is not read from a file others can read', async () => {
    writeFileSync(join(folder, 'open.token'), TOKEN)
    chmodSync(join(folder, 'open.token'), 0o644)
    const ran = await run(['task', 'list', '--url', url, '--token-file', join(folder, 'open.token')])
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('chmod 600') })
    expect(seen).toEqual([])
  })
})

describe('task', () => {
  const task = { id: 'task_1', state: 'active', subject: { sub: 'corp:alice' }, agent: { id: 'client:\u001b[31mevil' }, expires_at: '2026-11-20T13:00:00.000Z' }

  it('list prints a table without control characters of the server', async () => {
    answer = json(200, { items: [task], next_cursor: 'abc' })
    const { out, err } = await cli('task', 'list', '--state', 'active', '--sub', 'corp:alice')
    expect(seen).toMatchObject([{ path: '/v1/tasks?state=active&sub=corp%3Aalice' }])
    expect(out).toContain('task_1  active  corp:alice')
    expect(out).not.toContain('\u001b')
    expect(err).toContain('--cursor abc')
  })

  it('list --json prints what control answered', async () => {
    answer = json(200, { items: [task] })
    expect(JSON.parse((await cli('task', 'list', '--json')).out)).toEqual({ items: [task] })
  })

  it('show prints the task', async () => {
    answer = json(200, { task })
    expect(JSON.parse((await cli('task', 'show', 'task_1')).out)).toEqual(task)
  })
})

describe('decisions', () => {
  const record = (seq: number, effect: string) => ({
    seq,
    effect,
    kind: 'decision',
    time: 't',
    resource: 'payments',
    decision_id: `dec_${seq}`,
    subject: { sub: 'corp:alice' },
  })

  it('tail prints the newest, oldest first', async () => {
    answer = json(200, { items: [record(2, 'deny'), record(1, 'allow')] })
    const { out } = await cli('decisions', 'tail', '-n', '2')
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split('  ').at(-1)),
    ).toEqual(['dec_1', 'dec_2'])
  })

  it('tail --follow goes on with the stream, filters it, and says when records were missed', async () => {
    answer = (request, response) => {
      if (request.url !== '/v1/decisions/stream') return json(200, { items: [] })(request, response)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(': following\n\n')
      response.write(`id: 3\nevent: record\ndata: ${JSON.stringify(record(3, 'allow'))}\n\n`)
      response.end(`id: 4\nevent: record\ndata: ${JSON.stringify(record(4, 'deny'))}\n\nevent: missed\ndata: 7\n\n`)
    }
    const { code, out, err } = await cli('decisions', 'tail', '--follow', '--effect', 'deny', '--json')
    expect(code).toBe(0)
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([record(4, 'deny')])
    expect(err).toContain('7 records')
  })
})
