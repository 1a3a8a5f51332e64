// The only way out to an issuer: one deadline over headers and body, no redirects, a size cap on what comes back (after
// decompression), 200 or nothing. Never retries: the caller owns the cool-down.

export type FetchLike = (url: string, init: RequestInit) => Promise<Response>

export interface BoundedFetchOptions {
  readonly fetch: FetchLike
  readonly signal: AbortSignal
  readonly maxBytes: number
}

/** The body's bytes. Throws on a redirect, another status, too many bytes, the deadline. */
export async function boundedFetch(url: string, { fetch, signal, maxBytes }: BoundedFetchOptions): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url, { method: 'GET', redirect: 'manual', signal, headers: { accept: 'application/json' } })
  if (response.status !== 200 || response.redirected) {
    await response.body?.cancel()
    throw new Error(`the issuer answered with status ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let length = 0
  const body: AsyncIterable<Uint8Array> = response.body ?? ReadableStream.from<Uint8Array>([])
  for await (const chunk of body) {
    length += chunk.byteLength
    // Leaving the loop cancels the body.
    if (length > maxBytes) throw new Error(`the issuer answered with more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}
