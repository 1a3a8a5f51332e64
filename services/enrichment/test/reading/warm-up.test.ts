import { describe, expect, it } from 'vitest'
import { LARGE_BYTES } from '@bailiwick/core'
import { carryOut } from '../../src/reading/carry-out.ts'
import type { ReadingTask } from '../../src/reading/reading-task.ts'
import { callsLikeThose, documentsLikeThose } from '../../src/reading/warm-up.ts'

describe('what a thread warms up with', () => {
  it.each([...callsLikeThose(), ...documentsLikeThose()].map((task) => [nameOf(task), task] as const))('is large and is read to its end: %s', (_name, task) => {
    expect(bytesOf(task)).toBeGreaterThan(LARGE_BYTES)
    const answer = carryOut(task)
    if (answer.kind === 'call') expect(answer.outcome).toMatchObject({ ok: true })
    else expect(JSON.stringify(answer.decoded)).toMatch(/look|"model":"m"|"form":"http"/)
  })
})

function nameOf(task: ReadingTask): string {
  return task.kind === 'call' ? task.form.path : task.document
}

function bytesOf(task: ReadingTask): number {
  if (task.kind === 'document') return task.bytes.length
  return typeof task.form.body === 'string' ? 0 : task.form.body.length
}
