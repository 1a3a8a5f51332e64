import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { testClock } from '@bailiwick/kit/clock'
import { ensureFirstOperator, openOperatorRegistry } from '../src/index.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bailiwick-operators-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const registry = (): ReturnType<typeof openOperatorRegistry> => openOperatorRegistry({ directory, clock: testClock() })

it('makes one operator at the first start, its token 0600 in the data folder and only its hash in the registry', () => {
  const first = ensureFirstOperator(registry(), directory)
  const token = readFileSync(first.path, 'utf8').trim()
  expect(first.token).toBe(token)
  expect(token).toMatch(/^bwop_[A-Za-z0-9_-]{43}$/)
  expect(statSync(first.path).mode & 0o777).toBe(0o600)
  expect(statSync(join(directory, 'operators.json')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(directory, 'operators.json'), 'utf8')).not.toContain(token)
  expect(registry().find(token)).toMatchObject({ name: 'operator', added_by: 'first-start' })
})

it('makes no second one at the next start, and hands out no token', () => {
  ensureFirstOperator(registry(), directory)
  expect(ensureFirstOperator(registry(), directory).token).toBeUndefined()
})

it('makes one in all where several controls that share them start at once, and only one of those has its token', async () => {
  const child = fileURLToPath(new URL('first-operator-child.ts', import.meta.url))
  const shared = join(directory, 'shared')
  const own = ['a', 'b', 'c', 'd'].map((name) => join(directory, name))
  for (const folder of own) mkdirSync(folder)
  await Promise.all(own.map((folder) => promisify(execFile)(process.execPath, [child, shared, folder])))
  const tokens = own.map((folder) => join(folder, 'operator.token')).filter(existsSync)
  expect(tokens).toHaveLength(1)
  const all = openOperatorRegistry({ directory: shared, clock: testClock() })
  expect(all.list()).toHaveLength(1)
  expect(all.find(readFileSync(tokens[0] ?? '', 'utf8').trim())).toMatchObject({ name: 'operator' })
  expect(readdirSync(shared)).toEqual(['operators.json'])
})

it('changes nothing where the file is changed by another in the middle of a change', () => {
  const [one, other] = [registry(), registry()]
  one.add('ann', ['revoke'], 'host')
  let turn = 0
  const slow = openOperatorRegistry({
    directory,
    // Asked between reading the file and writing it.
    clock: { ...testClock(), nowMs: () => (turn++ === 0 ? other.add('bob', ['lift'], 'host').length : 1) },
  })
  expect(() => slow.add('eve', ['create'], 'host')).toThrow('changed by somebody else')
  expect(one.list().map(({ name }) => name)).toEqual(['ann', 'bob'])
  expect(readdirSync(directory)).toEqual(['operators.json'])
})

it('knows only the whole token', () => {
  const token = registry().add('ann', ['revoke'], 'operator:operator')
  expect(registry().find(token)?.name).toBe('ann')
  for (const wrong of ['', token.slice(0, -1), `${token}A`, token.toLowerCase()]) expect(registry().find(wrong)).toBeUndefined()
})

it('forgets the old token at a rotation, at once and for every open registry; who added the operator and when stays', () => {
  const open = registry()
  const old = open.add('ann', ['revoke'], 'operator:operator')
  expect(open.find(old)?.name).toBe('ann')
  const fresh = registry().rotate('ann')
  expect(open.find(old)).toBeUndefined()
  expect(open.find(fresh)).toMatchObject({ name: 'ann', added_by: 'operator:operator' })
})

it('knows nobody when its file is damaged, and says so', () => {
  const token = registry().add('ann', ['revoke'], 'operator:operator')
  writeFileSync(join(directory, 'operators.json'), '{"operators": [{"name": "ann"}]}')
  expect(() => registry().find(token)).toThrow('operators.json')
})
