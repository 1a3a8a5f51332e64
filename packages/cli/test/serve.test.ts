// The whole product in a real process: start, revoke, the hold of a lonely operator, stop, verify.
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from './run.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
let folder: string
let child: ChildProcessWithoutNullStreams | undefined

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((done) => server.close(done))
  return typeof address === 'object' && address !== null ? address.port : 0
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-serve-'))
  const port = await freePort()
  writeFileSync(
    join(folder, 'bailiwick.yaml'),
    `issuer: http://127.0.0.1:${port}\nlisten: 127.0.0.1:${port}\ndevelopment: true\npolicy: { engine: supervised, directory: ${join(root, 'policies')} }\nlog: { level: error }\n`,
  )
})
afterAll(async () => {
  if (child?.exitCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
})

it('serves until a signal, and what was done meanwhile is there after', { timeout: 60_000 }, async () => {
  child = spawn(process.execPath, [join(root, 'packages/cli/src/main.ts'), 'serve', '--json'], { cwd: folder })
  let err = ''
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  await expect.poll(() => err, { timeout: 30_000 }).toContain('ready')
  expect(JSON.parse(out)).toMatchObject({ operator_token_file: join(folder, 'data/operator.token') })
  // No terminal: the token itself stays in its file.
  expect(out + err).not.toContain(readFileSync(join(folder, 'data/operator.token'), 'utf8').trim())

  const revoked = await run(['revoke', 'agent', 'client:refund-agent', '--reason', 'test', '--json'], { cwd: folder })
  expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining('"status":"confirmed"') })
  const [id = ''] = /rev_[0-9a-f-]{36}/.exec(revoked.out) ?? []
  expect(await run(['hold', 'lift', id], { cwd: folder })).toMatchObject({ code: 3 })
  expect(await run(['hold', 'lift', id, '--offline'], { cwd: folder })).toMatchObject({ code: 1, err: expect.stringContaining('stop the service') })

  child.kill('SIGTERM')
  const [code] = (await once(child, 'exit')) as [number | null]
  expect(code).toBe(0)
  expect(await run(['task', 'list'], { cwd: folder })).toMatchObject({ code: 4 })
  expect(await run(['hold', 'lift', id, '--offline'], { cwd: folder })).toMatchObject({ code: 0, out: expect.stringContaining('lifted') })
  expect(await run(['hold', 'lift', 'rev_01932c1e-1111-7111-8111-111111111111', '--offline'], { cwd: folder })).toMatchObject({ code: 1 })
  const verified = await run(['audit', 'verify', '--json'], { cwd: folder })
  expect(verified.code).toBe(0)
  expect(JSON.parse(verified.out)).toMatchObject({ ok: true })
  expect(existsSync(join(folder, 'data/audit.db'))).toBe(true)
})

it('does not start on a bad configuration', async () => {
  writeFileSync(join(folder, 'bad.yaml'), 'issuer: http://127.0.0.1:1\n')
  expect(await run(['serve', '--config', 'bad.yaml'], { cwd: folder })).toMatchObject({ code: 1, err: expect.stringContaining('bad.yaml:1:9  issuer') })
})
