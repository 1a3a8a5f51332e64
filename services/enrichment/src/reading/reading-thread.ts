// The entry of a reading thread: one large body after the other, by the readers every small one goes through. Holds nothing between two.
import { parentPort } from 'node:worker_threads'
import type { Transferable } from 'node:worker_threads'
import { readCall } from '../read/read-call.ts'
import { DECODERS } from './documents.ts'
import type { DocumentKind } from './documents.ts'
import { isAnswerTo } from './reading-task.ts'
import type { DocumentAnswer, ReadingAnswer, ReadingTask } from './reading-task.ts'

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
      return decoded(task.document, task.bytes, task.maxBytes)
  }
}

function decoded<K extends DocumentKind>(document: K, bytes: Uint8Array, maxBytes: number): DocumentAnswer<K> {
  return { kind: 'document', document, decoded: DECODERS[document](bytes, maxBytes) }
}

/** A body inside a document goes back without a copy. */
function bytesIn(answer: ReadingAnswer): Transferable[] {
  if (!isAnswerTo('v1', answer) || !answer.decoded.ok || answer.decoded.question.call.form !== 'http') return []
  const { body } = answer.decoded.question.call
  return typeof body === 'string' || body.byteLength !== body.buffer.byteLength || !(body.buffer instanceof ArrayBuffer) ? [] : [body.buffer]
}
