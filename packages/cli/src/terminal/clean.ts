// What comes from elsewhere is shown as text and nothing else: no cursor movement, no hidden direction marks, no token by accident. No I/O.

/** One line without control or format characters. */
export function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
}

const JWT = /eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*/g
const OPERATOR_TOKEN = /bwop_[A-Za-z0-9_-]{8,}/g

/** A mistyped command line may hold a token, and messages repeat what was typed. Does NOT find secrets without a shape. */
export function redactSecrets(text: string): string {
  return text.replaceAll(JWT, '[redacted]').replaceAll(OPERATOR_TOKEN, '[redacted]')
}

/** Whether a text is a token rather than the name of a file with one. */
export function looksLikeToken(text: string): boolean {
  return /^(eyJ[A-Za-z0-9_-]{8,}\.|bwop_)/.test(text)
}
