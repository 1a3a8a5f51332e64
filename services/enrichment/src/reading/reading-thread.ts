// The entry of a reading thread: one large body after the other, by the readers every small one goes through. Holds nothing between two.
import { parentPort } from 'node:worker_threads'
import type { Transferable } from 'node:worker_threads'
import { decodeQuestion } from '../doors/v1/decode.ts'
import { readCall } from '../read/read-call.ts'
import type { ReadingAnswer, ReadingTask } from './reading-task.ts'

const port = parentPort
if (port === null) throw new Error('this module is the entry of a thread')

port.on('message', (task: ReadingTask) => {
  const answer = carryOut(task)
  port.postMessage(answer, bytesIn(answer))
})

function carryOut(task: ReadingTask): ReadingAnswer {
  switch (task.kind) {
    case 'call':
      return { kind: 'call', outcome: readCall(task.resource, task.form) }
    case 'document':
      return { kind: 'document', decoded: decodeQuestion(task.bytes, task.maxBytes, task.channel, task.deadline) }
  }
}

function bytesIn(answer: ReadingAnswer): Transferable[] {
  if (answer.kind !== 'document' || !answer.decoded.ok || answer.decoded.question.call.form !== 'http') return []
  const { body } = answer.decoded.question.call
  return typeof body === 'string' || body.byteLength !== body.buffer.byteLength || !(body.buffer instanceof ArrayBuffer) ? [] : [body.buffer]
}
