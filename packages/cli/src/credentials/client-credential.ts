// How a client proves itself at the token endpoints and control: an assertion signed with its key (RFC 7523), or its JWT-SVID.
// A fresh assertion for each call: it is good for one use and one minute.
import { createPrivateKey, randomUUID } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import { parseClientId } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import { CliError, EXIT } from '../exit-code.ts'
import type { InputFiles } from '../files.ts'
import { isObject, listOf, parseObject, textAt } from '../http/json.ts'
import { readTokenText } from './token-input.ts'

export interface ClientOptions {
  readonly client?: string
  readonly clientKey?: string
  readonly svidFile?: string
}

export interface ClientCredential {
  /** The SVID itself, where that is the proof: an autonomous agent shows it as its own subject token too. */
  readonly svid?: string
  /** The members of a request that prove who asks. */
  prove(): Promise<{ readonly client_assertion_type: string; readonly client_assertion: string }>
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:'
const LIFETIME_SECONDS = 60

/** Undefined when neither a key nor an SVID was given. `audience` is our issuer, and nobody else: a second one could use the assertion here. */
export async function readClientCredential(
  options: ClientOptions,
  deps: { readonly files: InputFiles; readonly clock: Clock; readonly audience: () => string; readonly warn: (text: string) => void },
): Promise<ClientCredential | undefined> {
  const { client, clientKey, svidFile } = options
  if (clientKey !== undefined && svidFile !== undefined)
    throw new CliError(EXIT.usage, 'a client proves itself with --client-key or with --svid-file, not with both')
  if (svidFile !== undefined) {
    if (client !== undefined) throw new CliError(EXIT.usage, '--client goes with --client-key: an SVID says itself who it is')
    const svid = await readTokenText(deps.files, svidFile, 'the SVID', deps.warn)
    return { svid, prove: () => Promise.resolve({ client_assertion_type: `${ASSERTION_TYPE}jwt-spiffe`, client_assertion: svid }) }
  }
  if (clientKey === undefined) {
    if (client !== undefined) throw new CliError(EXIT.usage, '--client needs --client-key <file>: the private key of that client')
    return undefined
  }
  const clientId = parseClientId(client)
  if (clientId === undefined) throw new CliError(EXIT.usage, '--client-key needs --client <id>: the id of the client in the configuration')
  const input = await deps.files.read(clientKey, 'the client key')
  if (input.open) throw new CliError(EXIT.usage, `the client key ${clientKey} can be read by others: chmod 600 ${clientKey}`)
  const { key, algorithm, kid } = readPrivateKey(input.text, clientKey)
  const audience = deps.audience()
  return {
    prove: async () => {
      const now = Math.floor(deps.clock.nowMs() / 1000)
      const assertion = await new SignJWT({ iss: clientId, sub: clientId, aud: audience, iat: now, exp: now + LIFETIME_SECONDS, jti: randomUUID() })
        .setProtectedHeader({ alg: algorithm, typ: 'client-authentication+jwt', ...(kid === undefined ? {} : { kid }) })
        .sign(key)
      return { client_assertion_type: `${ASSERTION_TYPE}jwt-bearer`, client_assertion: assertion }
    },
  }
}

interface PrivateKey {
  readonly key: KeyObject
  readonly algorithm: string
  readonly kid?: string
}

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }

const OTHER_KINDS: Readonly<Record<string, string>> = { rsa: 'RS256', ed25519: 'EdDSA' }

/** PEM (PKCS#8, SEC1, PKCS#1), a JWK, or a JWKS with exactly one private key. Messages never hold any of it. */
function readPrivateKey(text: string, file: string): PrivateKey {
  const unfit = (why: string, cause?: unknown): CliError => new CliError(EXIT.usage, `the client key ${file} ${why}`, { cause })
  const document = parseObject(text)
  const keys = document === undefined ? undefined : listOf(document, 'keys')
  const jwk = keys === undefined || keys.length === 0 ? document : keys.length === 1 && isObject(keys[0]) ? keys[0] : undefined
  if (document !== undefined && textAt(jwk, 'd') === undefined) {
    throw unfit('is a JSON document without one private JWK: the public set belongs in the configuration, the private key here')
  }
  try {
    const key = jwk === undefined ? createPrivateKey(text) : createPrivateKey({ key: { ...jwk }, format: 'jwk' })
    const algorithm = textAt(jwk, 'alg') ?? algorithmOf(key)
    if (algorithm === undefined) throw unfit('is of a kind that cannot sign here: use EC P-256, RSA or Ed25519')
    const kid = textAt(jwk, 'kid')
    return { key, algorithm, ...(kid === undefined ? {} : { kid }) }
  } catch (error) {
    if (error instanceof CliError) throw error
    throw unfit('is no private key: PEM or a private JWK was expected', error)
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  if (asymmetricKeyType === 'ec') return CURVES[asymmetricKeyDetails?.namedCurve ?? '']
  return asymmetricKeyType === undefined ? undefined : OTHER_KINDS[asymmetricKeyType]
}
