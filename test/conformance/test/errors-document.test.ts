import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { DENIALS } from '@bailiwick/core'
import { errorsDocument, REASONS } from '../src/errors-document.ts'

it('docs/errors.md says what the code does', () => {
  expect(readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')).toBe(errorsDocument())
})

it('docs/errors.md has a row for every reason of the union', () => {
  expect([...REASONS].sort()).toEqual(Object.keys(DENIALS).sort())
})
