// Which bytes stand for themselves inside a string, as a table: one look per byte. Data only.

export const QUOTE = 0x22
export const BACKSLASH = 0x5c

/** ASCII that means itself: anything but a quote, a backslash and the control characters. */
export const PLAIN = 0
/** Part of a character beyond ASCII. */
export const BEYOND_ASCII = 1
const SPECIAL = 2

export const BYTE_KINDS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x80) return BEYOND_ASCII
  return byte < 0x20 || byte === QUOTE || byte === BACKSLASH ? SPECIAL : PLAIN
})
