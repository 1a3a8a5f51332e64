// Trust in others: OIDC issuers and the SPIFFE trust domain.
import { z } from 'zod'
import { alias, httpUrl, list, path, seconds, section, text, trustDomain } from './scalars.ts'

/** Asymmetric only: a symmetric algorithm in a trust list is the classic confusion attack. */
const SIGNATURE_ALGORITHMS = ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA', 'Ed25519'] as const

export const signatureAlgorithms = list(z.enum(SIGNATURE_ALGORITHMS), SIGNATURE_ALGORITHMS.length).min(1, 'at least one signature algorithm')

const issuerSchema = section({
  alias: alias.describe('First part of every `sub` from this issuer. One alias per issuer, for ever.'),
  issuer: httpUrl.describe('The exact `iss`; discovery starts there.'),
  audiences: list(text('an audience'), 32).min(1, 'at least one audience').describe('Audiences of tokens accepted as subject_token.'),
  subject_claim: text('the name of a claim', /^[A-Za-z][A-Za-z0-9_]{0,63}$/)
    .prefault('sub')
    .describe('The claim that names the person: stable, never reassigned.'),
  token_types: list(z.enum(['id_token', 'access_token']), 2)
    .min(1, 'at least one of id_token, access_token')
    .prefault(['id_token']),
  access_token_typ: list(text('a JWT header typ', /^[A-Za-z0-9+.-]{1,64}$/), 8)
    .min(1, 'at least one typ')
    .prefault(['at+jwt']),
  algorithms: signatureAlgorithms.prefault(['RS256', 'PS256', 'ES256', 'EdDSA']),
  kind: z.literal('user').prefault('user'),
  skew: seconds('0s', '5m').prefault('30s').describe('Clock difference tolerated.'),
  max_age: seconds('1m', '1d').prefault('1h').describe('An id_token older than this is refused.'),
})

export const identitySchema = section({
  issuers: list(issuerSchema, 32).prefault([]),
  spiffe: section({
    trust_domain: trustDomain,
    bundle: path.optional().describe('A SPIFFE bundle document (JWKS).'),
    workload_api: text('unix:///path/to/agent.sock', /^unix:\/\/\/.+$/).optional(),
  }).optional(),
}).prefault({})
