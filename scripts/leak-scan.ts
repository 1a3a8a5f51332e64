// Searches text for token material: tokens, private keys, credentials in headers, the secrets of the test kit. By shape and by value; it does not
// share a line with what redacts the logs, or both would be blind to the same thing. What it finds it never repeats.
import { StringDecoder } from 'node:string_decoder'
import { TEST_DIRECTORY_SECRET, TEST_GATEWAY_SECRET_END } from '../test/kit/src/test-secrets.ts'

export interface Leak {
  readonly where: string
  readonly line: number
  readonly kind: string
  /** The line around it, with everything found in it cut out. */
  readonly around: string
}

export interface LeakScanner {
  push(chunk: Buffer): void
  /** Everything found, once the text has ended. */
  end(): readonly Leak[]
  /** Lines seen so far. */
  readonly lines: number
}

const KINDS: readonly (readonly [kind: string, shape: RegExp])[] = [
  ['JWT', /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g],
  ['operator token', /bwop_[A-Za-z0-9_-]{16,}/g],
  ['private key', /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g],
  // Quotes may be escaped: a JWK inside a JSON text inside a log line.
  ['private JWK', /\\*"(?:d|k)\\*"\s*:\s*\\*"[A-Za-z0-9_-]{32,}/g],
  ['credential in a header', /\b(?:Basic|Bearer|DPoP) (?!\[redacted\])[A-Za-z0-9+/_.~-]{20,}=*/gi],
  ['secret of the kit', new RegExp(`${TEST_GATEWAY_SECRET_END}|${TEST_DIRECTORY_SECRET}`, 'g')],
]
const COLOURS = /\u001b\[[0-9;]*m/g
/** A line that never ends is searched in pieces; what lies across two of them is still found. */
const MAX_LINE = 1024 * 1024
const OVERLAP = 16 * 1024
const MAX_AROUND = 200

export function createLeakScanner(where: string): LeakScanner {
  const decoder = new StringDecoder('utf8')
  const leaks: Leak[] = []
  let rest = ''
  let lines = 0

  const scan = (text: string): void => {
    const line = text.replaceAll(COLOURS, '')
    const found = KINDS.filter(([, shape]) => line.search(shape) >= 0)
    if (found.length === 0) return
    const around = KINDS.reduce((cut, [kind, shape]) => cut.replaceAll(shape, `<${kind}>`), line).slice(0, MAX_AROUND)
    for (const [kind] of found) leaks.push({ where, line: lines + 1, kind, around })
  }

  return {
    push: (chunk) => {
      const complete = (rest + decoder.write(chunk)).split('\n')
      rest = complete.pop() ?? ''
      for (const line of complete) {
        scan(line)
        lines += 1
      }
      if (rest.length <= MAX_LINE) return
      scan(rest)
      rest = rest.slice(-OVERLAP)
    },
    end: () => {
      rest += decoder.end()
      if (rest !== '') {
        scan(rest)
        lines += 1
      }
      rest = ''
      return leaks
    },
    get lines() {
      return lines
    },
  }
}
