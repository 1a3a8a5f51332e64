// What a reading thread is asked and what it answers. Types, and telling answers apart.
import type { HttpForm, Resource } from '@bailiwick/core'
import type { ReadOutcome } from '../read/read-outcome.ts'
import type { DocumentKind, Documents } from './documents.ts'

export type ReadingTask =
  | { readonly kind: 'call'; readonly resource: Resource; readonly form: HttpForm }
  | { readonly kind: 'document'; readonly document: DocumentKind; readonly bytes: Uint8Array; readonly maxBytes: number }

export interface DocumentAnswer<K extends DocumentKind> {
  readonly kind: 'document'
  readonly document: K
  readonly decoded: Documents[K]
}

export type ReadingAnswer = { readonly kind: 'call'; readonly outcome: ReadOutcome } | DocumentAnswer<DocumentKind>

export function isAnswerTo<K extends DocumentKind>(document: K, answer: ReadingAnswer): answer is DocumentAnswer<K> {
  return answer.kind === 'document' && answer.document === document
}
