// One task of a reading thread, by the readers and decoders every small body goes through. Holds nothing between two.
import { readCall } from '../read/read-call.ts'
import { DECODERS } from './documents.ts'
import type { DocumentKind } from './documents.ts'
import type { DocumentAnswer, ReadingAnswer, ReadingTask } from './reading-task.ts'

export function carryOut(task: ReadingTask): ReadingAnswer {
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
