// The last look at what is about to be recorded. Makes a copy that holds no token or private key, no member named like a
// secret, only well-formed text, and nothing deeper, longer or wider than a record may be. No I/O.
// Defence in depth: walks must not put secrets in an entry in the first place. It does not find a secret without a known
// form (a password in prose, an opaque token).
import { newJsonObject } from '@bailiwick/json'
import type { JsonObject, JsonValue } from '@bailiwick/core'

export const REDACTED = '[redacted]'
export const OMITTED = '[omitted]'

const MAX_DEPTH = 12
const MAX_MEMBERS = 256
const MAX_STRING = 4096
const MAX_NAME = 256

/** Names, lower case without `-` and `_`, whose text is never kept. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'password',
  'secret',
  'clientsecret',
  'clientassertion',
  'subjecttoken',
  'actortoken',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'runtimetoken',
  'tasktoken',
  'apikey',
  'xapikey',
  'xbailiwicktoken',
  'xbailiwickgatewaykey',
  'privatekey',
  'dpop',
])

/** What is looked at for secrets, longer than what is kept: the cap must not hide the end of a token that begins before it. */
const MAX_SCANNED = 4 * MAX_STRING
/** Dotted runs of base64url. The look-behind makes the scan linear: a run is tried only from its start. */
const DOTTED_RUN = /(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_.-]*/g
const BEARER_LIKE = /\b(?:[Bb]earer|BEARER|DPoP) +[A-Za-z0-9._~+/-]{16,}=*/g
const PRIVATE_KEY = /-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----[\s\S]*/
/** For {@link isPlainJsonText}; `\\ud` is how JSON writes a lone surrogate. All linear, none of them global. */
const LOOK_CLOSELY = /earer|EARER|DPoP|-----BEGIN|\\ud/
const DEEP = /[\]}]{9}/
const SECRET_MEMBER = /(?:authorization|cookie|password|secret|assertion|token|key|dpop)":"/i
/** How many places in one part of a run may look like the start of a JOSE header before the run is given up as hostile. */
const MAX_STARTS = 16

/** A copy of the value without what must never be recorded. Members that are undefined are left out. */
export function redact(value: unknown): JsonValue {
  return copy(value, 0)
}

/**
 * Whether {@link redact} would change nothing in a value whose JSON text this is: the usual record, told from its text in a fraction of the
 * time a copy takes. False is no finding, only a reason to look closely.
 */
export function isPlainJsonText(text: string): boolean {
  if (text.length > MAX_STRING || LOOK_CLOSELY.test(text) || DEEP.test(text) || SECRET_MEMBER.test(text)) return false
  for (let dot = text.indexOf('.'); dot !== -1; dot = text.indexOf('.', dot + 1)) {
    // Back to where the part before the dot begins: never over another dot, so all walks together are linear.
    let start = dot
    while (start > 0 && isBase64Url(text.charCodeAt(start - 1))) start -= 1
    if (dot - start < 10) continue
    const part = text.slice(start, dot)
    if (part.includes('ey') || part.includes('ew')) return false
  }
  return true
}

/** {@link redact} for an object at the top. */
export function redactObject(value: object): JsonObject {
  return copyMembers(value, 0)
}

/** One text, capped and without tokens. */
export function redactText(text: string): string {
  const scanned = (text.length <= MAX_SCANNED ? text : text.slice(0, MAX_SCANNED)).toWellFormed()
  const clean = looksHarmless(scanned) ? scanned : withoutSecrets(scanned)
  if (text.length <= MAX_STRING) return clean
  return `${clean.slice(0, MAX_STRING).toWellFormed()}[+${text.length - MAX_STRING}]`
}

function copy(value: unknown, depth: number): JsonValue {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'object') return null
  if (depth >= MAX_DEPTH) return OMITTED
  if (Array.isArray(value)) return copyItems(value, depth)
  return copyMembers(value, depth)
}

function copyItems(items: readonly unknown[], depth: number): JsonValue {
  const copied = items.slice(0, MAX_MEMBERS).map((item) => copy(item, depth + 1))
  return items.length <= MAX_MEMBERS ? copied : [...copied, `${OMITTED} ${items.length - MAX_MEMBERS} more`]
}

function copyMembers(value: object, depth: number): JsonObject {
  const copied = newJsonObject()
  let members = 0
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    if (members === MAX_MEMBERS) {
      copied[OMITTED] = 'more members'
      break
    }
    members += 1
    // Names too: an agent chooses the names of its arguments, and a token fits in one.
    const kept = redactText(name)
    copied[kept.length <= MAX_NAME ? kept : `${kept.slice(0, MAX_NAME).toWellFormed()}[+]`] =
      typeof member === 'string' && isSecretName(name) ? REDACTED : copy(member, depth + 1)
  }
  return copied
}

function isBase64Url(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 48 && unit <= 57) || unit === 45 || unit === 95
}

function isSecretName(name: string): boolean {
  return name.length <= 32 && SECRET_NAMES.has(name.toLowerCase().replaceAll(/[-_]/g, ''))
}

/** A quick look that most texts pass: nothing a pattern below could match. */
function looksHarmless(text: string): boolean {
  return text.length < 20 || !(text.includes('.') || text.includes('earer') || text.includes('EARER') || text.includes('DPoP') || text.includes('-----BEGIN'))
}

function withoutSecrets(text: string): string {
  return text.replaceAll(DOTTED_RUN, withoutJose).replaceAll(BEARER_LIKE, REDACTED).replace(PRIVATE_KEY, REDACTED)
}

/** The run up to the first part that holds a JOSE header; a run without one stays whole. */
function withoutJose(run: string): string {
  let at = 0
  for (const part of run.split('.')) {
    const start = joseStart(part)
    if (start !== undefined) return run.slice(0, at + start) + REDACTED
    at += part.length + 1
  }
  return run
}

/** Tells `eyJhbGciOi...` from `eyewitness-report`: a JOSE header is base64url of `{`, so it begins with `ey` or `ew`. */
function joseStart(part: string): number | undefined {
  let starts = 0
  for (let at = part.indexOf('e'); at !== -1; at = part.indexOf('e', at + 1)) {
    const next = part[at + 1]
    if (next !== 'y' && next !== 'w') continue
    starts += 1
    if (starts > MAX_STARTS) return 0
    const header = Buffer.from(part.slice(at), 'base64url').toString('latin1')
    if (JOSE_MEMBERS.some((name) => header.includes(name))) return at
  }
  return undefined
}

const JOSE_MEMBERS: readonly string[] = ['"alg"', '"enc"', '"typ"', '"kid"']
