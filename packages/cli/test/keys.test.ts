import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testClock } from '@bailiwick/kit/clock'
import { openKeyRing } from '@bailiwick/tokens'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { run } from './run.ts'

let folder: string
const clock = testClock()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'))
  const policies = new URL('../../../policies', import.meta.url).pathname
  writeFileSync(join(folder, 'bailiwick.yaml'), `issuer: http://127.0.0.1:8420\ndevelopment: true\npolicy: { engine: supervised, directory: ${policies} }\n`)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const cli = (...args: readonly string[]) => run(args, { cwd: folder, clock })
const start = async (): Promise<void> => {
  await (await openKeyRing({ directory: join(folder, 'data/keys'), issuer: 'http://127.0.0.1:8420', algorithm: 'ES256', clock })).close()
}

it('before the first start there are no keys, and neither list nor rotate makes any', async () => {
  for (const command of ['list', 'rotate']) expect(await cli('keys', command)).toMatchObject({ code: 1, err: expect.stringContaining('first start') })
  expect(existsSync(join(folder, 'data'))).toBe(false)
})

it('rotate makes a key that waits, and says when it signs; again, it says that one waits', async () => {
  await start()
  const { code, out } = await cli('keys', 'rotate', '--json')
  expect(code).toBe(0)
  const made = JSON.parse(out) as { key: { kid: string } }
  expect(made).toMatchObject({ already_waiting: false, key: { state: 'next', algorithm: 'ES256', signs_from: '2026-11-20T12:10:00.000Z' } })
  expect((await cli('keys', 'rotate')).out).toContain(`already waiting  ${made.key.kid}`)
  expect(readdirSync(join(folder, 'data/keys'))).toHaveLength(2)
})

it('list tells which key signs and how long the others stay', async () => {
  await start()
  await cli('keys', 'rotate')
  const { out } = await cli('keys', 'list')
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/).slice(1)),
  ).toEqual([
    ['STATE', 'ALG', 'SIGNS', 'STOPS', 'VERIFIES'],
    ['next', 'ES256', 'in 10m', '-', '-'],
    ['active', 'ES256', 'now', 'in 10m', 'in 7d'],
  ])
  expect(JSON.parse((await cli('keys', 'list', '--json')).out)).toMatchObject({
    keys: [{ state: 'next' }, { state: 'active', verifies_until: '2026-11-27T12:10:05.000Z' }],
    refused_files: [],
  })
})

it('never shows a private part', async () => {
  await start()
  for (const args of [['list'], ['list', '--json'], ['rotate', '--json']]) expect((await cli('keys', ...args)).out).not.toMatch(/"d"|jwk/)
})
