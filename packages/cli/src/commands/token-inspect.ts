// `bailiwick token inspect`: a token in words. Verifies only when a configuration is named, and only tokens of ours; says which of the two was done.
import { nowSeconds } from '@bailiwick/core'
import type { JsonObject, Result } from '@bailiwick/core'
import { openKeyRing, readKeyStates } from '@bailiwick/tokens'
import type { Context } from '../context.ts'
import { warn } from '../credentials/caller.ts'
import { readTokenText } from '../credentials/token-input.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { explainClaims, explainHeader } from '../inspect/explain-claims.ts'
import { readToken } from '../inspect/read-token.ts'
import type { ReadToken } from '../inspect/read-token.ts'
import { kindOf, wordsOf } from '../inspect/token-kind.ts'
import type { TokenKind } from '../inspect/token-kind.ts'
import { signingKeysOf } from '../signing-keys.ts'
import { fields } from '../terminal/layout.ts'
import type { Field } from '../terminal/layout.ts'
import { duration, relative } from '../terminal/time.ts'

type Verification =
  | { readonly checked: false; readonly why: string }
  | { readonly checked: true; readonly ok: true }
  | { readonly checked: true; readonly ok: false; readonly why: string }

export async function inspectToken(context: Context, file: string): Promise<void> {
  const { terminal } = context
  const token = await readTokenText(context.files, file, 'the token', (text) => warn(context, text))
  const form = readToken(token)
  if (form.form !== 'jws') return inspectOther(context, form.form)
  const kind = kindOf(form.read)
  const verification = await verify(context, token, kind)
  const lifetime = lifetimeOf(form.read.payload, context.clock.nowMs())
  if (terminal.json) {
    const { header, payload, problems } = form.read
    const verified = verification.checked ? (verification.ok ? { ok: true } : { ok: false, problem: verification.why }) : null
    terminal.value({ kind, verified, header, claims: payload, lifetime: lifetime.json, good_for: wordsOf(kind, payload).goodFor, problems })
  } else tell(context, form.read, kind, verification, lifetime)
  if (verification.checked && !verification.ok) throw new CliError(EXIT.denied, `the token does not verify: ${verification.why}`, { silent: true })
}

function inspectOther({ terminal }: Context, form: 'operator' | 'encrypted' | 'opaque'): void {
  const words = {
    operator: [
      'an operator token of Bailiwick: random, nothing to decode',
      'control, as the bearer: it can do what its operator may. `bailiwick operator rotate` makes it useless',
    ],
    encrypted: ['an encrypted token (JWE): only its receiver can read it', 'nothing at Bailiwick: an encrypted token is refused everywhere'],
    opaque: ['no JWT: opaque, or cut short in copying', 'nothing at Bailiwick, which takes JWTs'],
  } as const
  const [title, goodFor] = words[form]
  if (terminal.json) return terminal.value({ kind: form, verified: null, good_for: [goodFor] })
  terminal.data(
    fields(
      [
        ['kind', title],
        ['good for', goodFor],
      ],
      { width: terminal.columns, palette: terminal },
    ),
  )
}

async function verify(context: Context, token: string, kind: TokenKind): Promise<Verification> {
  if (!context.configNamed) return { checked: false, why: 'anybody could have written these words; --config checks a token of ours against our keys' }
  if (kind !== 'runtime_token' && kind !== 'task_token') return { checked: false, why: "not a token of ours: its issuer's keys would have to verify it" }
  const config = context.loadConfig()
  const now = nowSeconds(context.clock)
  // Looked at first: opening a ring makes a key where there is none.
  const { directory, algorithm } = signingKeysOf(config)
  const states = readKeyStates({ directory, nowSeconds: now })
  if (states?.keys.some((key) => key.state === 'active') !== true) return { checked: true, ok: false, why: `there are no keys in ${directory}` }
  const ring = await openKeyRing({
    directory,
    issuer: config.issuer,
    algorithm,
    clock: context.clock,
    maxBytes: config.limits.tokenBytes,
  })
  try {
    const verified: Result<unknown> = kind === 'task_token' ? await ring.verifyTaskToken(token, now) : await ring.verifyRuntimeToken(token, now)
    if (verified.ok) return { checked: true, ok: true }
    const { reason, detail } = verified.denial
    return { checked: true, ok: false, why: `${reason}${detail === undefined ? '' : ` (${detail.replaceAll('_', ' ')})`}` }
  } finally {
    await ring.close()
  }
}

interface Lifetime {
  readonly text: string
  readonly state: 'valid' | 'expired' | 'not_yet' | 'unknown'
  readonly json: JsonObject
}

function lifetimeOf(payload: JsonObject, nowMs: number): Lifetime {
  const { iat, nbf, exp } = { iat: payload['iat'], nbf: payload['nbf'], exp: payload['exp'] }
  if (typeof exp !== 'number') return { text: 'no exp: a token without an end is refused everywhere', state: 'unknown', json: { state: 'unknown' } }
  const starts = typeof nbf === 'number' ? nbf : typeof iat === 'number' ? iat : undefined
  const state = exp * 1000 <= nowMs ? 'expired' : starts !== undefined && starts * 1000 > nowMs ? 'not_yet' : 'valid'
  const whole = typeof iat === 'number' && exp > iat ? `, ${duration(exp - iat)} in all` : ''
  const when = { expired: 'expired', not_yet: 'not valid yet; expires', valid: 'expires' }[state]
  return {
    text: `${when} ${relative(exp * 1000, nowMs)}${whole}`,
    state,
    json: { state, expires_in_s: exp - Math.floor(nowMs / 1000), ...(typeof iat === 'number' ? { lifetime_s: exp - iat } : {}) },
  }
}

function tell({ terminal, clock }: Context, read: ReadToken, kind: TokenKind, verification: Verification, lifetime: Lifetime): void {
  const words = wordsOf(kind, read.payload)
  const options = { width: terminal.columns, palette: terminal }
  const verified = verification.checked
    ? verification.ok
      ? terminal.good('yes: our key, our issuer, our claims, not expired. Not asked: whether its task still lives')
      : terminal.bad(`NO: ${verification.why}`)
    : `${terminal.warn('NOT VERIFIED:')} ${verification.why}`
  const claims = (list: readonly { readonly name: string; readonly value: string; readonly meaning: string }[]): readonly Field[] =>
    list.map(({ name, value, meaning }) => [name, meaning === '' ? value : [value, terminal.dim(meaning)]])
  terminal.data(
    [
      fields(
        [
          ['kind', terminal.strong(words.title)],
          ['verified', verified],
          ['lifetime', lifetime.state === 'valid' ? lifetime.text : terminal.bad(lifetime.text)],
          ['good for', words.goodFor],
          ['wrong', read.problems.length === 0 ? undefined : read.problems.map(terminal.bad)],
        ],
        options,
      ),
      `\n${terminal.strong('Header')}`,
      fields(claims(explainHeader(read.header)), { ...options, indent: 2 }),
      `\n${terminal.strong('Claims')}`,
      fields(claims(explainClaims(read.payload, clock.nowMs())), { ...options, indent: 2 }) || '  none',
    ].join('\n'),
  )
}
