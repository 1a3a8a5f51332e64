// The body of a Response as UTF-8 text, up to a size.

/** Undefined when the body is larger; what is left of it is then dropped. */
export async function readText(response: Response, maxBytes: number): Promise<string | undefined> {
  if (response.body === null) return ''
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const chunk = await reader.read()
    if (chunk.done) return Buffer.concat(chunks).toString('utf8')
    length += chunk.value.length
    if (length > maxBytes) {
      // Not awaited: cancelling one half of a cloned body waits until the other half is cancelled too.
      reader.cancel().catch(() => undefined)
      return undefined
    }
    chunks.push(chunk.value)
  }
}
