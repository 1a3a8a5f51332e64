import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
