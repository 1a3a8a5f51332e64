// What a reading thread is asked and what it answers. Types only.
import type { Channel, Deadline, HttpForm, Resource } from '@bailiwick/core'
import type { Decoded } from '../doors/v1/decode.ts'
import type { ReadOutcome } from '../read/read-outcome.ts'

export type ReadingTask =
  | { readonly kind: 'call'; readonly resource: Resource; readonly form: HttpForm }
  | { readonly kind: 'document'; readonly bytes: Uint8Array; readonly maxBytes: number; readonly channel: Channel; readonly deadline: Deadline }

export type ReadingAnswer = { readonly kind: 'call'; readonly outcome: ReadOutcome } | { readonly kind: 'document'; readonly decoded: Decoded }
