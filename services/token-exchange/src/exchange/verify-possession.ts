// Step: which keys the caller proved to hold, and so what the tokens are bound to. In order: one DPoP proof for this endpoint, the key of a subject token
// that is bound, what the client's tokens must be bound to. A binding is never dropped and never moved to another key.
// Spends nothing: a proof that is refused for anything else stays usable. Does NOT look at what a resource asks for: `constrain` does.
import { deny, ok } from '@bailiwick/core'
import type { ProofKind, Result } from '@bailiwick/core'
import type { BailiwickConfig } from '@bailiwick/config'
import { checkHeld, targetUriOf, verifyDpopProof } from '@bailiwick/tokens'
import type { Confirmation } from '@bailiwick/tokens'
import type { TaskStore } from '@bailiwick/task-state'
import type { Caller, ExchangeDoor, Possession, ShownKeys, VerifiedSubject } from './model.ts'

interface Input {
  readonly door: ExchangeDoor
  readonly shown: ShownKeys
  readonly subject: VerifiedSubject
  readonly caller: Caller
}

const PATHS: Readonly<Record<ExchangeDoor, string>> = { token: '/oauth2/token', 'token-batch': '/oauth2/token-batch' }

export async function verifyPossession(
  { config }: { readonly config: Pick<BailiwickConfig, 'issuer'> },
  { door, shown, subject, caller }: Input,
  nowSeconds: number,
): Promise<Result<Possession>> {
  const key = await verifyKey(config.issuer, door, shown, nowSeconds)
  if (!key.ok) return key
  const bound = subject.grant === 'runtime_token' || subject.grant === 'task_token' ? subject.claims.cnf : undefined
  // One that nobody verified is taken of a client it proved: whose it is, is known then.
  const own = shown.certificate?.isVerified === true || caller.byCertificate ? shown.certificate?.thumbprint : undefined
  const held = checkHeld(bound, { jkt: key.value?.jkt, certificate: own })
  if (!held.ok) return held
  const wanted = caller.client.proof
  if (wanted === 'dpop' && key.value === undefined) return missing('dpop', 'client_with_bound_tokens')
  if (wanted === 'mtls' && own === undefined) return missing('mtls', 'client_with_bound_tokens')
  // A certificate may be the one of a proxy, or be there for another reason: it binds only where somebody said so.
  const certificate = wanted === 'mtls' || bound?.['x5t#S256'] !== undefined ? own : undefined
  const cnf: Confirmation = {
    ...(key.value === undefined ? {} : { jkt: key.value.jkt }),
    ...(certificate === undefined ? {} : { 'x5t#S256': certificate }),
  }
  return ok({ ...(key.value === undefined ? {} : { spend: key.value.spend }), ...(Object.keys(cnf).length === 0 ? {} : { cnf }) })
}

/** After the durable record and before the last check of the task. False is a replay; a fault means that nobody knows, and the proof stays spent. */
export async function spendProof(
  { store }: { readonly store: Pick<TaskStore, 'consumeOnce'> },
  { spend }: Possession,
  nowSeconds: number,
): Promise<Result<void>> {
  if (spend === undefined) return ok(undefined)
  const first = await store.consumeOnce(spend.key, spend.untilSeconds, nowSeconds, spend.issuedAtSeconds)
  return first ? ok(undefined) : deny({ reason: 'proof_invalid', proof: 'dpop', detail: 'replayed' })
}

interface ProvedKey {
  readonly jkt: string
  readonly spend: NonNullable<Possession['spend']>
}

async function verifyKey(issuer: string, door: ExchangeDoor, { dpop }: ShownKeys, nowSeconds: number): Promise<Result<ProvedKey | undefined>> {
  const [proof, ...others] = dpop
  if (proof === undefined) return ok(undefined)
  // RFC 9449 section 4.3: which of two counted would be a guess.
  if (others.length > 0) return invalid('dpop', 'repeated')
  // Where clients reach us is the issuer, whatever name or port this request came in under.
  const targetUri = targetUriOf(issuer, `${basePathOf(issuer)}${PATHS[door]}`)
  if (targetUri === undefined) return invalid('dpop', 'htu_unknown')
  const verified = await verifyDpopProof(proof, { method: 'POST', targetUri, nowSeconds })
  if (!verified.ok) return invalid('dpop', verified.problem)
  return ok({ jkt: verified.jkt, spend: { key: verified.spendKey, untilSeconds: verified.spendUntil, issuedAtSeconds: verified.issuedAt } })
}

function basePathOf(issuer: string): string {
  return new URL(issuer).pathname.replace(/\/$/, '')
}

function missing(proof: ProofKind, detail: string): Result<never> {
  return deny({ reason: 'proof_missing', proof, detail })
}

function invalid(proof: ProofKind, detail: string): Result<never> {
  return deny({ reason: 'proof_invalid', proof, detail })
}
