// What a reading thread does once it is warm: says so, then carries out one task after the other. Holds nothing between two.
import type { MessagePort, Transferable } from 'node:worker_threads'
import { carryOut } from './carry-out.ts'
import { isAnswerTo } from './reading-task.ts'
import type { ReadingAnswer, ReadingTask } from './reading-task.ts'

export function serveTasks(port: MessagePort): void {
  port.on('message', (task: ReadingTask) => {
    const answer = carryOut(task)
    port.postMessage(answer, bytesIn(answer))
  })
  port.postMessage('warm')
}

/** A body inside a document goes back without a copy. */
function bytesIn(answer: ReadingAnswer): Transferable[] {
  if (!isAnswerTo('v1', answer) || !answer.decoded.ok || answer.decoded.question.call.form !== 'http') return []
  const { body } = answer.decoded.question.call
  return typeof body === 'string' || body.byteLength !== body.buffer.byteLength || !(body.buffer instanceof ArrayBuffer) ? [] : [body.buffer]
}
