// Base64url with one spelling per value. Lenient decoders take padding, line breaks and stray low bits, so that one signature
// has many spellings (an ES256 signature has 15 other last characters): a second spelling is another token to every cache.

const ALPHABET = /^[A-Za-z0-9_-]*$/

/** The bytes, or undefined when the text is not the one canonical, unpadded form of any. */
export function decodeBase64url(text: string): Buffer | undefined {
  if (!ALPHABET.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
