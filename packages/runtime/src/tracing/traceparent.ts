// The `traceparent` of a request (https://www.w3.org/TR/trace-context/#traceparent-header), as far as its form goes. It is the caller's own
// word: it joins records for whoever reads them, and nothing is ever decided by it. Pure.

export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
}

const FORM = /^(?!ff)[0-9a-f]{2}-(?!0{32})(?<traceId>[0-9a-f]{32})-(?!0{16})(?<spanId>[0-9a-f]{16})-[0-9a-f]{2}$/

/** Undefined for anything but the exact form. The flags are not read: who is sampled is ours to say. */
export function parseTraceparent(text: string | undefined): TraceParent | undefined {
  const { traceId, spanId } = (text === undefined ? undefined : FORM.exec(text)?.groups) ?? {}
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId }
}

/** The one traceparent among header pairs with lower-case names; two are none, because two readers would pick two. */
export function traceparentIn(headers: readonly (readonly [name: string, value: string])[]): string | undefined {
  let found: string | undefined
  for (const [name, value] of headers) {
    if (name !== 'traceparent') continue
    if (found !== undefined) return undefined
    found = value
  }
  return parseTraceparent(found) === undefined ? undefined : found
}
