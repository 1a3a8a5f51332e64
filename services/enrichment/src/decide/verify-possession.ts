// That the caller holds the key its token is bound to, as far as this door can see it (RFC 9449 section 7, RFC 8705 section 3). In order: what the resource
// asks for, the certificate, the way the token was shown, the proof. An unbound token costs two comparisons. Spends nothing: `spend-proof.ts` does.
// The URI a proof must name is the resource's own, with the path the gateway received: scheme and host of a request are whatever its sender wrote.
import { deny, ok } from '@bailiwick/core'
import type { ProofKind, Question, Resource, Result } from '@bailiwick/core'
import type { GatewayConfig } from '@bailiwick/config'
import { isBoundAs, normaliseTargetUri, readForwardedCertificate, targetUriOf, verifyDpopProof } from '@bailiwick/tokens'
import type { RuntimeClaims } from '@bailiwick/tokens'

export interface Possessed {
  readonly proof: ProofKind | 'none'
  /** Of a DPoP proof: what is counted once. */
  readonly spend?: { readonly key: string; readonly untilSeconds: number; readonly issuedAtSeconds: number }
}

interface Input {
  readonly claims: Pick<RuntimeClaims, 'cnf'>
  readonly gateway: Pick<GatewayConfig, 'certificateHeader'>
  readonly resource: Pick<Resource, 'uri' | 'proof'>
  readonly question: Pick<Question, 'credential' | 'possession' | 'source' | 'call'>
}

/** How long a server may take to answer: its answer is judged with the proof of the call it belongs to. */
const ANSWER_SECONDS = 600
const UNBOUND: Result<Possessed> = ok({ proof: 'none' })

export async function verifyPossession(input: Input, nowSeconds: number): Promise<Result<Possessed>> {
  const { claims, resource, question } = input
  const { cnf } = claims
  if (resource.proof !== undefined && !isBoundAs(resource.proof, cnf)) return missing(resource.proof === 'mtls' ? 'mtls' : 'dpop', 'token_not_bound')
  const isShownBound = question.credential.scheme === 'dpop'
  if (cnf === undefined) return isShownBound ? deny({ reason: 'token_invalid', detail: 'dpop_scheme_for_an_unbound_token' }) : UNBOUND
  const { jkt, 'x5t#S256': thumbprint } = cnf
  if (thumbprint !== undefined) {
    const held = checkCertificate(thumbprint, certificateOf(input))
    if (!held.ok) return held
  }
  if (jkt !== undefined) return await verifyKey(jkt, input, nowSeconds)
  if (thumbprint === undefined) return deny({ reason: 'proof_unverifiable', detail: 'unknown_confirmation' })
  return isShownBound ? deny({ reason: 'token_invalid', detail: 'dpop_scheme_for_a_certificate' }) : ok({ proof: 'mtls' })
}

async function verifyKey(jkt: string, { resource, question }: Input, nowSeconds: number): Promise<Result<Possessed>> {
  const { token, scheme } = question.credential
  const called = calledAs(question, resource)
  const proofs = proofsIn(question)
  if (called === undefined || proofs === undefined || token === undefined) return deny({ reason: 'proof_unverifiable', detail: 'not_seen_at_this_door' })
  const [proof, ...others] = proofs
  if (proof === undefined) return missing('dpop', 'no_proof')
  // RFC 9449 section 7.1: a bound token under the Bearer scheme is a token somebody took for another kind.
  if (scheme === 'bearer') return invalid('dpop', 'bearer_scheme')
  if (others.length > 0) return invalid('dpop', 'repeated')
  const age = isAnswer(question.call) ? { maxAgeSeconds: ANSWER_SECONDS } : {}
  const verified = await verifyDpopProof(proof, { ...called, ...age, accessToken: token, nowSeconds })
  if (!verified.ok) return invalid('dpop', verified.problem)
  if (verified.jkt !== jkt) return invalid('dpop', 'another_key')
  return ok({ proof: 'dpop', spend: { key: verified.spendKey, untilSeconds: verified.spendUntil, issuedAtSeconds: verified.issuedAt } })
}

/** Undefined where this door does not see how the resource was called. */
function calledAs({ call }: Input['question'], { uri }: Input['resource']): { readonly method: string; readonly targetUri: string } | undefined {
  switch (call.form) {
    case 'http': {
      // No proof names what is no URI; the reader will say what is wrong with the path.
      const targetUri = targetUriOf(uri, call.path) ?? ''
      return { method: call.method, targetUri }
    }
    case 'mcp': {
      // A message of MCP is posted to the one endpoint its server has.
      const targetUri = normaliseTargetUri(uri)
      return targetUri === undefined ? undefined : { method: 'POST', targetUri }
    }
    case 'llm':
    case 'kind':
    case 'coaz':
    case 'undecoded':
      return undefined
  }
}

/** Every proof that was sent. The same one seen in two places (a header, and the gateway's own word of it) is one. */
function proofsIn({ call, possession }: Input['question']): readonly string[] | undefined {
  const told = possession?.dpop
  if (call.form !== 'http') return told
  const sent = call.headers.filter(([name]) => name === 'dpop').map(([, value]) => value)
  return told === undefined || (told.length === 1 && sent.length === 1 && told[0] === sent[0]) ? sent : [...sent, ...told]
}

export function isAnswer(call: Question['call']): boolean {
  return call.form === 'mcp' && call.result !== undefined
}

function checkCertificate(bound: string, shown: string | undefined): Result<void> {
  // Whether the client showed none, or the gateway does not tell, cannot be told apart here.
  if (shown === undefined) return deny({ reason: 'proof_unverifiable', detail: 'no_certificate_seen' })
  if (shown === 'unclear') return invalid('mtls', 'certificate_unclear')
  return shown === bound ? ok(undefined) : invalid('mtls', 'another_certificate')
}

/** Its thumbprint; `unclear` is none. A gateway that writes the header has, where it stands behind another one, that one's certificate as its peer's. */
function certificateOf({ gateway, question }: Input): string | undefined {
  const { call, possession, source } = question
  const { certificateHeader: header } = gateway
  if (header !== undefined && call.form === 'http') {
    const values = call.headers.filter(([name]) => name === header).map(([, text]) => text)
    const told = readForwardedCertificate(header, values)
    return told === 'none' ? undefined : told === 'unclear' ? told : told.thumbprint
  }
  return possession?.thumbprint ?? source?.certificateSha256
}

function missing(proof: ProofKind, detail: string): Result<never> {
  return deny({ reason: 'proof_missing', proof, detail })
}

function invalid(proof: ProofKind, detail: string): Result<never> {
  return deny({ reason: 'proof_invalid', proof, detail })
}
