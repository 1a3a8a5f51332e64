// Asking the reader of model calls: one request, and what became of it.
import { testResource } from '@bailiwick/kit/test-resource'
import { readCall } from '../../../src/read/read-call.ts'
import type { ReadOutcome } from '../../../src/read/read-outcome.ts'
import { denialOf, http, JSON_HEADERS } from '../fixtures.ts'
import type { Sent } from '../fixtures.ts'

export const MODELS = testResource('llm', { maxBodyBytes: 1 << 20 })

export function ask(path: string, body: unknown, sent: Sent = {}): ReadOutcome {
  return readCall(MODELS, http({ path, body, ...sent }))
}

/** The call, or the denial: whichever it was. */
export function answer(path: string, body: unknown, sent: Sent = {}): Readonly<Record<string, unknown>> {
  const outcome = ask(path, body, sent)
  return outcome.ok ? { ...outcome.call } : denialOf(outcome)
}

export interface Field {
  readonly name: string
  readonly value: string
  readonly head?: string
}

export const BOUNDARY = 'X-form-0123'

export function formText(fields: readonly Field[], boundary: string = BOUNDARY): string {
  const parts = fields.map(({ name, value, head }) => `--${boundary}\r\n${head ?? `Content-Disposition: form-data; name="${name}"`}\r\n\r\n${value}\r\n`)
  return `${parts.join('')}--${boundary}--\r\n`
}

export const AUDIO: Field = {
  name: 'file',
  value: 'RIFF\u0000\r\n--not-the-boundary\r\n',
  head: 'Content-Disposition: form-data; name="file"; filename="Grüße.wav"\r\nContent-Type: audio/wav',
}

export function askForm(path: string, raw: string | Uint8Array, type: string = `multipart/form-data; boundary=${BOUNDARY}`): Readonly<Record<string, unknown>> {
  return answer(path, undefined, { raw, headers: [...JSON_HEADERS.filter(([name]) => name !== 'content-type'), ['content-type', type]] })
}
