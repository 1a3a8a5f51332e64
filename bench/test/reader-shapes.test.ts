import { describe, expect, it } from 'vitest'
import { parseStrictJson } from '@bailiwick/json'
import { measure } from '../src/reader/measure.ts'
import { shapesOf, worstShapesOf } from '../src/reader/shapes.ts'

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('the bodies the reader is measured on', () => {
  it.each([...shapesOf(2048), ...worstShapesOf(4096)])('reads $name as JSON.parse does', ({ text }) => {
    const result = parseStrictJson(Buffer.from(text))
    expect(result.ok && plain(result.value)).toEqual(JSON.parse(text))
  })

  it('are of about the size asked for', () => {
    for (const { text } of worstShapesOf(64 * 1024)) expect(text.length > 50_000 && text.length <= 64 * 1024).toBe(true)
  })
})

describe('measure', () => {
  it('lets the two take turns', () => {
    const turns: string[] = []
    measure({ ours: () => turns.push('ours'), native: () => turns.push('native') }, 2, 2)
    expect(turns.join(' ')).toBe('ours ours native native ours ours native native ours ours native native')
  })
})
