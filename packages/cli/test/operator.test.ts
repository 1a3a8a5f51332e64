import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@bailiwick/core'
import { ensureFirstOperator, openOperatorRegistry } from '@bailiwick/control'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { run } from './run.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'))
  const policies = new URL('../../../policies', import.meta.url).pathname
  writeFileSync(
    join(folder, 'bailiwick.yaml'),
    `issuer: http://127.0.0.1:8420
development: true
policy: { engine: supervised, directory: ${policies} }
control: { operators: [{ name: operator, rights: [revoke, lift, create, read] }, { name: second, rights: [lift, read] }] }
`,
  )
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const registry = () => openOperatorRegistry({ directory: join(folder, 'data'), clock: systemClock })
const tokenIn = (name: string): string => readFileSync(join(folder, 'data', name), 'utf8').trim()
const start = (): void => void ensureFirstOperator(registry(), join(folder, 'data'))

it('rotate makes the old token useless and keeps the new one 0600', async () => {
  start()
  const before = tokenIn('operator.token')
  const { code, out, err } = await run(['operator', 'rotate'], { cwd: folder })
  const after = tokenIn('operator.token')
  expect({ code, out }).toEqual({ code: 0, out: `${join(folder, 'data/operator.token')}\n` })
  expect(registry().find(before)).toBeUndefined()
  expect(registry().find(after)?.name).toBe('operator')
  expect(statSync(join(folder, 'data/operator.token')).mode & 0o777).toBe(0o600)
  // Only a terminal is shown the secret.
  expect(out + err).not.toContain(after)
})

it('add gives the rights the configuration lists, on the account of the machine it is run on', async () => {
  start()
  expect(await run(['operator', 'add', 'second'], { cwd: folder })).toMatchObject({ code: 0 })
  expect(registry().find(tokenIn('operator-second.token'))).toMatchObject({ name: 'second', rights: ['lift', 'read'], added_by: 'host' })
})

it('add refuses who is not listed, and who is there already', async () => {
  start()
  expect(await run(['operator', 'add', 'secnd'], { cwd: folder })).toMatchObject({ code: 2, err: expect.stringContaining('did you mean second?') })
  expect(await run(['operator', 'add', 'operator'], { cwd: folder })).toMatchObject({ code: 1 })
})

it('before the first start there is nobody to rotate, and nothing is made', async () => {
  expect(await run(['operator', 'rotate'], { cwd: folder })).toMatchObject({ code: 1, err: expect.stringContaining('first start') })
  expect(existsSync(join(folder, 'data'))).toBe(false)
})

it('list tells who may do what, since when, added by whom, and who has no token yet', async () => {
  start()
  expect(await run(['operator', 'list'], { cwd: folder })).toMatchObject({
    code: 0,
    out: expect.stringMatching(/operator {2}revoke lift create read {2}.* {2}first-start\n/),
    err: expect.stringContaining('bailiwick operator add second'),
  })
  await run(['operator', 'add', 'second'], { cwd: folder })
  const { out, err } = await run(['operator', 'list', '--json'], { cwd: folder })
  expect(JSON.parse(out)).toEqual({
    items: [
      expect.objectContaining({ name: 'operator', rights: ['revoke', 'lift', 'create', 'read'], token_file: join(folder, 'data/operator.token') }),
      {
        name: 'second',
        rights: ['lift', 'read'],
        added_by: 'host',
        added_at: expect.any(String),
        token_file: join(folder, 'data/operator-second.token'),
      },
    ],
    without_token: [],
  })
  expect(out + err).not.toContain('sha256')
})

it('a new token is shown to a person only', async () => {
  start()
  const { err } = await run(['operator', 'rotate'], { cwd: folder, tty: 80 })
  expect(err).toContain(tokenIn('operator.token'))
})
