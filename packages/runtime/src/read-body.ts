// A request body as bytes, bounded before it is buffered. Decodes nothing: not the charset, not the JSON.
import type { IncomingMessage } from 'node:http'

export type BodyBytes = { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly problem: 'too_large' | 'aborted' | 'encoded' }

/**
 * Reads at most `maxBytes`. A body that declares or reaches more is `too_large`; one with any Content-Encoding is `encoded` (it would have to be
 * inflated, and an inflated body has no size before it is read); one that ends early is `aborted`. The connection stays usable only on success.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<BodyBytes> {
  if (request.headers['content-encoding'] !== undefined) {
    request.resume()
    return Promise.resolve({ ok: false, problem: 'encoded' })
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const end = (outcome: BodyBytes): void => {
      request.off('data', onData)
      resolve(outcome)
    }
    const onData = (chunk: Buffer): void => {
      size += chunk.length
      if (size <= maxBytes) chunks.push(chunk)
      else {
        end({ ok: false, problem: 'too_large' })
        request.resume()
      }
    }
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      request.resume()
      resolve({ ok: false, problem: 'too_large' })
      return
    }
    request.on('data', onData)
    request.once('end', () => end({ ok: true, bytes: joined(chunks) }))
    request.once('error', () => end({ ok: false, problem: 'aborted' }))
    request.once('close', () => end({ ok: false, problem: 'aborted' }))
  })
}

/** What the pieces took is given back at once: memory outside of the heap that waits to be collected brings on full collections, each of which stops everything. */
function joined(chunks: readonly Buffer[]): Uint8Array {
  const [only, ...others] = chunks
  if (only !== undefined && others.length === 0) return only
  const bytes = Buffer.concat(chunks)
  for (const { buffer, length } of chunks) if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0)
  return bytes
}
