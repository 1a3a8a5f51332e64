// One HTTP exchange with an end: no redirects, a deadline, a cap on the bytes (counted after decompression). Judges no status and no content.
import { SourceFault } from './source.ts'

export type Fetch = typeof globalThis.fetch

export interface BoundedRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
  readonly maxBytes: number
}

export interface BoundedResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
}

/** Throws SourceFault: `source_timeout`, `source_unreachable`, `source_answer_too_large`. */
export async function boundedFetch(fetch: Fetch, url: string, request: BoundedRequest): Promise<BoundedResponse> {
  try {
    const response = await fetch(url, {
      method: request.method,
      headers: request.headers,
      redirect: 'manual',
      credentials: 'omit',
      signal: request.signal,
      ...(request.body === undefined ? {} : { body: request.body }),
    })
    return { status: response.status, headers: response.headers, body: await readCapped(response, request.maxBytes) }
  } catch (error) {
    if (error instanceof SourceFault) throw error
    if (request.signal.aborted) throw new SourceFault('source_timeout', 'source', 'the source did not answer in time', { cause: error })
    throw new SourceFault('source_unreachable', 'source', 'the source cannot be reached', { cause: error })
  }
}

async function readCapped(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array(0)
  const chunks: Uint8Array[] = []
  let bytes = 0
  const body: AsyncIterable<Uint8Array> = response.body
  for await (const part of body) {
    bytes += part.byteLength
    // Leaving the loop cancels the stream, and with it the connection.
    if (bytes > maxBytes) throw new SourceFault('source_answer_too_large', 'subject', 'the answer is larger than the source may send')
    chunks.push(part)
  }
  return Buffer.concat(chunks)
}
