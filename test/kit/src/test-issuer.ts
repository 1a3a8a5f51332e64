// An OpenID Connect issuer on loopback for tests: discovery, JWKS and signing, nothing else. It freezes, stops and comes back
// on the same port, and counts what was asked of it. Never a provider anybody could sign in to.
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { CompactSign, exportJWK, generateKeyPair } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import type { IssuerConfig } from '@bailiwick/config'
import type { Clock } from '@bailiwick/core'
import { TEST_EPOCH_MS } from './clock.ts'

export interface TestIssuerOptions {
  readonly alias?: string
  /** Where the default `iat` comes from; the test epoch when absent. */
  readonly clock?: Clock
  readonly algorithm?: 'ES256' | 'RS256' | 'PS256'
  /** The loopback address it listens on; 127.0.0.1 when absent. */
  readonly host?: string
}

export interface SignOptions {
  readonly header?: Readonly<Record<string, unknown>>
}

type Claims = Readonly<Record<string, unknown>>

export interface TestIssuer {
  /** `http://127.0.0.1:<port>`: the same after a restart. */
  readonly issuer: string
  readonly alias: string
  /** How many requests of each kind arrived, frozen ones included. */
  readonly requests: { readonly discovery: number; readonly jwks: number }
  /** Replaces the discovery document or the key set served from now on; undefined puts the true one back. */
  serve(what: 'discovery' | 'jwks', body: ((truth: Record<string, unknown>) => unknown) | undefined): void
  /** `aud: support-portal`, `sub: alice`, five minutes. A claim set to undefined is left out. */
  idToken(claims?: Claims, options?: SignOptions): Promise<string>
  /** `typ: at+jwt`, `client_id: support-portal`, `aud: support-portal`, five minutes. */
  accessToken(claims?: Claims, options?: SignOptions): Promise<string>
  /** Signs any claims with the current key; the header is `{alg, kid}` and what you add. */
  sign(claims: Claims, header?: Readonly<Record<string, unknown>>): Promise<string>
  jwks(): { readonly keys: readonly JWK[] }
  /** A new signing key; the old one leaves the set. */
  rotateKeys(): Promise<void>
  /** Requests are taken and never answered until thaw. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
  restart(): Promise<void>
  /** A configuration entry that trusts this issuer. */
  config(overrides?: Partial<IssuerConfig>): IssuerConfig
}

export async function startTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const algorithm = options.algorithm ?? 'ES256'
  const alias = options.alias ?? 'corp'
  const host = options.host ?? '127.0.0.1'
  const requests = { discovery: 0, jwks: 0 }
  const served: Partial<Record<'discovery' | 'jwks', (truth: Record<string, unknown>) => unknown>> = {}
  const sockets = new Set<Socket>()
  let generation = 0
  let key = await newKey(algorithm, alias, generation)
  let frozen = false
  let waiting: (() => void)[] = []

  const answer = (what: 'discovery' | 'jwks', truth: Record<string, unknown>, response: ServerResponse): void => {
    const body = served[what] === undefined ? truth : served[what](truth)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const what = request.url === '/.well-known/openid-configuration' ? 'discovery' : request.url === '/jwks' ? 'jwks' : undefined
    if (what === undefined) {
      response.writeHead(404)
      response.end()
      return
    }
    requests[what] += 1
    const reply = (): void => answer(what, what === 'discovery' ? discovery(issuer, algorithm) : { keys: [key.publicJwk] }, response)
    if (frozen) waiting.push(reply)
    else reply()
  }

  const listen = async (port: number): Promise<Server> => {
    const server = createServer(handle)
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
    return server
  }

  let server: Server | undefined = await listen(0)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the test issuer has no port')
  const { port } = address
  const issuer = `http://${host}:${port}`
  const nowSeconds = (): number => Math.floor((options.clock?.nowMs() ?? TEST_EPOCH_MS) / 1000)

  const sign = (claims: Claims, header: Readonly<Record<string, unknown>> = {}): Promise<string> =>
    new CompactSign(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader({ alg: algorithm, kid: key.kid, ...header }).sign(key.privateKey)

  return {
    issuer,
    alias,
    requests,
    serve(what, body) {
      if (body === undefined) delete served[what]
      else served[what] = body
    },
    idToken(claims = {}, { header = {} } = {}) {
      const iat = nowSeconds()
      return sign({ iss: issuer, sub: 'alice', aud: 'support-portal', iat, exp: iat + 300, auth_time: iat - 60, ...claims }, header)
    },
    accessToken(claims = {}, { header = {} } = {}) {
      const iat = nowSeconds()
      const base = { iss: issuer, sub: 'alice', aud: 'support-portal', client_id: 'support-portal', iat, exp: iat + 300, jti: `at-${iat}`, scope: 'openid' }
      return sign({ ...base, ...claims }, { typ: 'at+jwt', ...header })
    },
    sign,
    jwks: () => ({ keys: [key.publicJwk] }),
    async rotateKeys() {
      generation += 1
      key = await newKey(algorithm, alias, generation)
    },
    freeze() {
      frozen = true
    },
    thaw() {
      frozen = false
      for (const reply of waiting) reply()
      waiting = []
    },
    async stop() {
      const closing = server
      server = undefined
      if (closing === undefined) return
      await new Promise<void>((resolve) => {
        closing.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
    },
    async restart() {
      server ??= await listen(port)
    },
    config: (overrides = {}) => ({
      alias,
      issuer,
      audiences: ['support-portal'],
      subjectClaim: 'sub',
      tokenTypes: ['id_token', 'access_token'],
      accessTokenTyp: ['at+jwt'],
      algorithms: [algorithm],
      kind: 'user',
      skewSeconds: 5,
      maxAgeSeconds: 3600,
      allowHttp: true,
      ...overrides,
    }),
  }
}

interface IssuerKey {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

async function newKey(algorithm: string, alias: string, generation: number): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const kid = `${alias}-${generation}`
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' } }
}

function discovery(issuer: string, algorithm: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [algorithm],
  }
}
