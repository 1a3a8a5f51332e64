// An HAProxy configuration: the frontends that ask Bailiwick through the Lua action. Read line by line, as HAProxy does.
import { BYPASS, CLAIMED, HANGING, RETRIED, UNREAD, UNVERIFIED, lintTimeout } from './rule.ts'
import type { Lint } from './rule.ts'
import { durationMs } from './yaml-maps.ts'

const DEFAULT_BUFFER_BYTES = 16_384

interface Line {
  readonly text: string
  readonly line: number
}

interface Section extends Line {
  readonly lines: readonly Line[]
}

export function isHaproxy(text: string): boolean {
  return /^(?:(?:frontend|backend|listen)[ \t]+[\w.-]+|defaults|global)[ \t]*(?:#.*)?$/m.test(text)
}

export function lintHaproxy(text: string, lint: Lint): void {
  const { found, certificateHeaders } = lint
  const sections = sectionsOf(text)
  const whole = sections.flatMap(({ lines }) => lines)
  const front = sections.filter(({ text: head }) => /^(?:frontend|listen)\b/.test(head))
  if (!whole.some(isQuestion) && whole.some(isFrontKey)) {
    lintFront(front, found)
    return
  }
  if (!whole.some(isQuestion)) found.refuse('haproxy.asks', 'no http-request lua.bailiwick anywhere in this file', BYPASS)
  for (const { text: head, line, lines } of front) {
    const asked = lines.findIndex(isQuestion)
    const where = `line ${line}`
    if (asked === -1) {
      found.warn('haproxy.unguarded', `${where}: ${head} does not ask`, BYPASS)
      continue
    }
    for (const each of lines.slice(0, asked))
      if (/^http-request (?:allow|return|use-service|redirect)\b/.test(each.text))
        found.refuse('haproxy.before', `line ${each.line}: ${each.text.split(' ', 2).join(' ')} above the question`, BYPASS)
    const removed = (header: string): boolean => lines.slice(0, asked).some((each) => each.text === `http-request del-header ${header}`)
    if (certificateHeaders.length > 0 && !certificateHeaders.some(removed))
      found.refuse(
        'haproxy.certificate',
        `${where}: no http-request del-header ${certificateHeaders.join(' or ')} above the question, and Bailiwick believes what is in it`,
        CLAIMED,
      )
    if (!lines.slice(asked).some((each) => /^http-request deny\b.*unless.*bailiwick_allowed/.test(each.text)))
      found.refuse('haproxy.guard', `${where}: no http-request deny unless { var(txn.bailiwick_allowed) -m bool } behind the question`, {
        costs: 'a rule or an error that skips the question lets the request pass',
      })
  }
  const has = (pattern: RegExp): boolean => whole.some((each) => pattern.test(each.text))
  if (!has(/^option http-buffer-request\b/) && !has(/^http-request wait-for-body\b/)) found.refuse('haproxy.buffer', 'no option http-buffer-request', UNREAD)
  if (!has(/^tune\.bufsize\b/)) found.warn('haproxy.bufsize', 'no tune.bufsize; the default is 16 KiB', { costs: 'every larger body is denied 413' })
  const setting = (pattern: RegExp): Line | undefined => whole.find((each) => pattern.test(each.text))
  const session = setting(/^tune\.lua\.session-timeout\b/)
  const bufferBytes = Number(setting(/^tune\.bufsize\b/)?.text.split(/\s+/)[1] ?? DEFAULT_BUFFER_BYTES)
  if (session === undefined) found.warn('haproxy.timeout', 'no tune.lua.session-timeout', HANGING)
  else lintTimeout(lint, 'haproxy.timeout', `line ${session.line}`, { timeoutMs: millisecondsOf(session.text.split(/\s+/)[1]), bodyBytes: bufferBytes })
  if (!has(/^retries 0$/)) found.refuse('haproxy.retries', 'retries is not 0; the default is 3', RETRIED)
  for (const each of whole) {
    lintTold(each, found)
    if (/^(?:retry-on|option redispatch)\b/.test(each.text)) found.refuse('haproxy.retries', `line ${each.line}: ${each.text}`, RETRIED)
    if (/^http-request cache-use\b/.test(each.text))
      found.refuse('haproxy.cache', `line ${each.line}: ${each.text}`, { costs: 'answers come from a cache, whatever became of the task' })
  }
}

/** Of a frontend before Bailiwick's own address for agents: it shows a key, asks nothing, and tells of certificates (`listen.front`). */
function lintFront(front: readonly Section[], found: Lint['found']): void {
  for (const { line, lines } of front) {
    const shown = lines.find(isFrontKey)
    if (shown === undefined) continue
    if (!lines.some(({ text }) => /^http-request del-header (?:x-forwarded-)?client-cert$/.test(text)))
      found.refuse('haproxy.certificate', `line ${line}: no http-request del-header client-cert, and Bailiwick believes what is in it`, CLAIMED)
    if (!/ "?\$\{\w+\}"?$/.test(shown.text))
      found.warn('haproxy.key_in_file', `line ${shown.line}: the key of this front is written in this file`, {
        costs: 'whoever reads the file can be any client with a certificate',
        mend: '"${BAILIWICK_FRONT_KEY}"',
      })
    for (const each of lines) lintTold(each, found)
  }
}

function lintTold({ text, line }: Line, found: Lint['found']): void {
  if (/^http-request (?:set|add)-header (?:x-forwarded-)?client-cert\b.*ssl_c_/i.test(text) && !/\{ ssl_c_verify 0 \}/.test(text))
    found.refuse('haproxy.certificate_unverified', `line ${line}: a certificate is told of without { ssl_c_verify 0 }`, UNVERIFIED)
}

function isFrontKey({ text }: Line): boolean {
  return /^http-request set-header x-bailiwick-gateway-key\b/.test(text)
}

/** Milliseconds where no unit is given; what cannot be read is too long. */
function millisecondsOf(text: string | undefined): number {
  return durationMs(text !== undefined && /^\d+$/.test(text) ? `${text}ms` : text) ?? Number.POSITIVE_INFINITY
}

function isQuestion({ text }: Line): boolean {
  return /^http-request lua\.bailiwick\b/.test(text)
}

function sectionsOf(text: string): readonly Section[] {
  const sections: { text: string; line: number; lines: Line[] }[] = []
  text.split('\n').forEach((raw, at) => {
    const trimmed = raw.replace(/(?:^|\s)#.*$/, '').trim()
    if (trimmed === '') return
    if (/^(?:global|defaults|frontend|backend|listen|cache|resolvers|userlist|peers|program|http-errors)\b/.test(trimmed))
      sections.push({ text: trimmed, line: at + 1, lines: [] })
    else sections.at(-1)?.lines.push({ text: trimmed, line: at + 1 })
  })
  return sections
}
