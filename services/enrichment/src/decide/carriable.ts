// Identities as header values: printable ASCII goes as it is, everything else as base64url. Pure.

export const MAX_HEADER_VALUE_BYTES = 1024

/** No space at either end: receivers trim, and `corp:bob ` must not arrive as `corp:bob`. */
const PRINTABLE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

/** Never mistaken for a plain identity: each of those contains a colon, base64url never does. */
export function toHeaderValue(identity: string): string {
  return PRINTABLE.test(identity) ? identity : Buffer.from(identity, 'utf8').toString('base64url')
}

export function isCarriable(identity: string): boolean {
  return toHeaderValue(identity).length <= MAX_HEADER_VALUE_BYTES
}
