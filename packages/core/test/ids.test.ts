import { describe, expect, it } from 'vitest'
import { newDecisionId, newTaskId, parseClientId, parseDecisionId, parseResourceName, parseRevocationId, parseTaskId, uuidV7 } from '../src/index.ts'

const NOW = Date.UTC(2026, 10, 20)

describe('UUIDv7 (RFC 9562 section 5.7)', () => {
  it('carries the time first, then version and variant', () => {
    const id = uuidV7(NOW)
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(NOW)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('never repeats within one millisecond, past the end of the random pool', () => {
    const made = Array.from({ length: 2_000 }, () => uuidV7(NOW))
    expect(new Set(made).size).toBe(made.length)
  })

  it('sorts by time', () => {
    expect(uuidV7(NOW) < uuidV7(NOW + 1)).toBe(true)
  })
})

describe('an id exists only through its constructor', () => {
  it('accepts what it made, and no other kind of id', () => {
    const task = newTaskId(NOW)
    expect(parseTaskId(task)).toBe(task)
    expect(parseDecisionId(task)).toBeUndefined()
    expect(parseRevocationId(newDecisionId(NOW))).toBeUndefined()
  })

  it.each([
    undefined,
    null,
    7,
    '',
    'task_',
    'task_1',
    `${newTaskId(NOW)} `,
    `${newTaskId(NOW)}\n`,
    newTaskId(NOW).toUpperCase(),
    newTaskId(NOW).replace('-7', '-4'),
  ])('refuses %j as a task id', (text) => {
    expect(parseTaskId(text)).toBeUndefined()
  })

  it.each(['payments', 'a', `a${'b'.repeat(62)}`])('accepts the resource name %s', (name) => {
    expect(parseResourceName(name)).toBe(name)
  })

  it.each(['', 'Payments', '1a', 'a_b', 'a.b', 'a:b', `a${'b'.repeat(63)}`, 'a\n'])('refuses the resource name %j', (name) => {
    expect(parseResourceName(name)).toBeUndefined()
  })

  it.each(['', '.a', 'a b', 'a/b', 'a:b', 'a'.repeat(129), 'a\n'])('refuses the client id %j', (id) => {
    expect(parseClientId(id)).toBeUndefined()
  })
})
