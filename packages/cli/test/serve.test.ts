// The whole product in a real process: start, revoke, the hold of a lonely operator, stop, verify.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from './run.ts'
import { freePort, ROOT, startServing } from './served.ts'
import type { Served } from './served.ts'

let folder: string
let served: Served | undefined

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-serve-'))
  const port = await freePort()
  writeFileSync(
    join(folder, 'bailiwick.yaml'),
    `issuer: http://127.0.0.1:${port}\nlisten: 127.0.0.1:${port}\ndevelopment: true\npolicy: { engine: supervised, directory: ${join(ROOT, 'policies')} }\nlog: { level: error }\n`,
  )
})
afterAll(async () => {
  await served?.kill()
  rmSync(folder, { recursive: true, force: true })
})

it('serves until a signal, and what was done meanwhile is there after', { timeout: 60_000 }, async () => {
  served = await startServing(folder)
  const { written } = served
  expect(JSON.parse(written.out)).toMatchObject({ operator_token_file: join(folder, 'data/operator.token') })
  // No terminal: the token itself stays in its file.
  expect(written.out + written.err).not.toContain(readFileSync(join(folder, 'data/operator.token'), 'utf8').trim())

  const again = await run(['serve'], { cwd: folder })
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('is Bailiwick running already?') })

  const revoked = await run(['revoke', 'agent', 'client:refund-agent', '--reason', 'test', '--json'], { cwd: folder })
  expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining('"status":"confirmed"') })
  const [id = ''] = /rev_[0-9a-f-]{36}/.exec(revoked.out) ?? []
  expect(await run(['revocation', 'show', id, '--wait'], { cwd: folder })).toMatchObject({ code: 0, out: expect.stringMatching(/status +confirmed/) })
  expect(await run(['hold', 'lift', id], { cwd: folder })).toMatchObject({ code: 3 })
  expect(await run(['hold', 'lift', id, '--offline'], { cwd: folder })).toMatchObject({ code: 1, err: expect.stringContaining('stop the service') })

  expect(await served.stop()).toBe(0)
  expect(await run(['task', 'list'], { cwd: folder })).toMatchObject({ code: 4 })
  expect(await run(['hold', 'lift', id, '--offline'], { cwd: folder })).toMatchObject({ code: 0, out: expect.stringContaining('lifted') })
  expect(await run(['hold', 'lift', 'rev_01932c1e-1111-7111-8111-111111111111', '--offline'], { cwd: folder })).toMatchObject({ code: 1 })
  const verified = await run(['audit', 'verify', '--json'], { cwd: folder })
  expect(verified.code).toBe(0)
  expect(JSON.parse(verified.out)).toMatchObject({ ok: true, file: join(folder, 'data/audit.db') })
  expect(existsSync(join(folder, 'data/audit.db'))).toBe(true)
})

it('does not start on a bad configuration', async () => {
  writeFileSync(join(folder, 'bad.yaml'), 'issuer: http://127.0.0.1:1\n')
  expect(await run(['serve', '--config', 'bad.yaml'], { cwd: folder })).toMatchObject({ code: 1, err: expect.stringContaining('bad.yaml:1:9  issuer') })
})
