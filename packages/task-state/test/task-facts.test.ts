import { Fault, parseTaskId } from '@bailiwick/core'
import { expect, it } from 'vitest'
import { factsOf } from '../src/task-facts.ts'

const ID = 'task_01932f5e-0000-7000-8000-000000000001'
const EXPIRES_AT = 2_000

function text(change: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    id: ID,
    subject: { sub: 'corp:alice', iss: 'https://idp.example.com', kind: 'user', subId: { format: 'iss_sub' } },
    agent: { id: 'client:refund-agent', clientId: 'refund-agent', declared: false },
    binding: { ticket_id: 'T-1042' },
    bindingSource: 'launcher',
    resources: ['payments'],
    createdAt: 1_000,
    createdBy: 'client:support-portal',
    expiresAt: EXPIRES_AT,
    ...change,
  })
}

function read(facts: string, id = ID, expiresAt = EXPIRES_AT): ReturnType<typeof factsOf> {
  const taskId = parseTaskId(id)
  if (taskId === undefined) throw new Error('not a task id')
  return factsOf(facts, taskId, expiresAt)
}

it('reads one text to the same facts, and a text that differs in one character anew', () => {
  expect(read(text())).toBe(read(text()))
  expect(read(text()).binding).toEqual({ ticket_id: 'T-1042' })
  expect(read(text({ binding: { ticket_id: 'T-1043' } })).binding).toEqual({ ticket_id: 'T-1043' })
})

it('nobody can change what the next decision reads', () => {
  const facts = read(text())
  expect(Reflect.set(facts, 'bindingSource', 'agent')).toBe(false)
  expect(Reflect.set(facts.binding, 'ticket_id', 'T-9')).toBe(false)
  expect(Reflect.set(facts.resources, '1', 'payroll')).toBe(false)
  expect(read(text())).toMatchObject({ bindingSource: 'launcher', binding: { ticket_id: 'T-1042' }, resources: ['payments'] })
})

it('a text that was read before is still refused beside another id or another end', () => {
  read(text())
  expect(() => read(text(), 'task_01932f5e-0000-7000-8000-000000000002')).toThrow(Fault)
  expect(() => read(text(), ID, EXPIRES_AT + 1)).toThrow(Fault)
})

it('goes on reading after more texts than it remembers', () => {
  for (let n = 0; n < 17_000; n++) if (read(text({ purpose: `p${n}` })).purpose !== `p${n}`) throw new Error(`read p${n} as another`)
  expect(read(text({ purpose: 'p0' })).purpose).toBe('p0')
})

it.each([['{}'], ['null'], [text({ resources: [] })], [text({ binding: [] })], ['{"id":']])('refuses %s', (facts) => {
  expect(() => read(facts)).toThrow(Fault)
})
