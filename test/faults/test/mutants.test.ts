// The mutants still fit the product's source, and the two lists say what they must. Whether each is caught takes a run: npm run verify:kill-switch.
import { expect, it } from 'vitest'
import { MUTANTS } from '../src/mutants/mutants.ts'
import { applyEdit, readSource } from '../src/node/edit-source.ts'
import { SEAMS } from '../src/node/seams.ts'

it.each([...MUTANTS.flatMap(({ name, edits = [] }) => edits.map((edit) => ({ name, edit }))), ...SEAMS.map((edit) => ({ name: 'seam', edit }))])(
  'an edit of "$name" fits $edit.file',
  ({ edit }) => {
    const source = readSource(edit.file)
    expect(applyEdit(source, edit)).not.toBe(source)
  },
)

it('every mutant changes something, says what catches it, and has a name of its own', () => {
  for (const { name, edits = [], badStore, caughtBy } of MUTANTS) {
    expect(edits.length > 0 || badStore !== undefined, name).toBe(true)
    expect(caughtBy, name).not.toEqual([])
  }
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
})

it('an edit that does not fit is an error', () => {
  expect(() => applyEdit('one two', { file: 'x.ts', find: 'three', replace: '' })).toThrow('occurs 0 times')
  expect(() => applyEdit('one one', { file: 'x.ts', find: 'one', replace: '' })).toThrow('occurs 2 times')
})
