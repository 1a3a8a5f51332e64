// The few shapes every store test asserts.
import { expect } from 'vitest'
import { Fault } from '@bailiwick/core'
import type { DenialReason, Result } from '@bailiwick/core'
import type { Acknowledgement, NewTask, TaskStore } from '../src/task-store.ts'
import { NOW } from './fixtures.ts'

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`denied: ${result.denial.reason} ${result.denial.detail ?? ''}`)
  return result.value
}

export function expectDenied(result: Result<unknown>, reason: DenialReason, detail?: string): void {
  expect(result).toMatchObject({ ok: false, denial: detail === undefined ? { reason } : { reason, detail } })
}

export async function faultOf(answer: Promise<unknown>): Promise<string> {
  try {
    await answer
  } catch (error) {
    if (error instanceof Fault) return error.code
    throw error
  }
  throw new Error('answered, where a fault was expected')
}

export async function created(store: TaskStore, task: NewTask): Promise<NewTask> {
  valueOf(await store.createTask(task, NOW))
  return task
}

export function expectConfirmed(result: Result<Acknowledgement>, endedTasks?: number): void {
  expect(result).toMatchObject({ ok: true, value: endedTasks === undefined ? { status: 'confirmed' } : { status: 'confirmed', endedTasks } })
}
