// The corpus in the repository (corpus.jsonl): one request a line, each of which runs a point of the readers that no documented
// request and no line above it runs. Text where the body
// is UTF-8, so that a change can be read.
import { readFileSync, writeFileSync } from 'node:fs'
import type { Request } from '../differential/request.ts'

export const CORPUS = new URL('../../corpus.jsonl', import.meta.url)

export function readCorpus(): readonly Request[] {
  return readFileSync(CORPUS, 'utf8').split('\n').filter(Boolean).map(toRequest)
}

export function writeCorpus(requests: readonly Request[]): void {
  writeFileSync(CORPUS, requests.map((request) => `${toLine(request)}\n`).join(''))
}

function toLine({ kind, method, path, headers, body }: Request): string {
  const text = body.toString('utf8')
  return JSON.stringify({ kind, method, path, headers, ...(Buffer.from(text).equals(body) ? { text } : { base64: body.toString('base64') }) })
}

interface Stored extends Omit<Request, 'body'> {
  readonly text?: string
  readonly base64?: string
}

function toRequest(line: string): Request {
  const stored: unknown = JSON.parse(line)
  if (!isStored(stored)) throw new Error('corpus.jsonl: a line that is no request')
  const { kind, method, path, headers, text, base64 = '' } = stored
  return { kind, method, path, headers, body: text === undefined ? Buffer.from(base64, 'base64') : Buffer.from(text) }
}

function isStored(value: unknown): value is Stored {
  return typeof value === 'object' && value !== null && 'kind' in value && 'headers' in value && ('text' in value || 'base64' in value)
}
