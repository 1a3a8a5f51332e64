// Tasks and tokens for the rows, made as any launcher and agent would make them; only the tokens that must be too many to remember are signed
// straight from the node's own key directory.
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { createHash, X509Certificate } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import { systemClock } from '@bailiwick/core'
import { makeDpopKey } from '@bailiwick/kit/dpop-key'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import type { TestIssuer } from '@bailiwick/kit/test-issuer'
import { newJti, openKeyRing } from '@bailiwick/tokens'
import type { RuntimeClaims } from '@bailiwick/tokens'
import type { RunningService } from '../service/start-service.ts'
import { TICKET } from './mcp-call.ts'
import { MODELS, MODELS_URI, RESOURCES, resourceUri } from './write-house.ts'
import type { ClientKey, House } from './write-house.ts'
import type { Supplies } from './supplies.ts'

export interface Wanted {
  readonly revocableTasks: number
  readonly manyTokens: number
}

const LIVE_TASKS = 64
/** Of what only single doors need. */
const FEW_TASKS = 8
const AT_ONCE = 8
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:'

export async function fillHouse(house: House, service: RunningService, idp: TestIssuer, wanted: Wanted): Promise<Supplies> {
  const idToken = await idp.idToken({ sub: 'alice' })
  const create = (): Promise<Created> => createTask(house, idToken)
  const live = await inTurns(LIVE_TASKS, create)
  const knownTokens = await inTurns(LIVE_TASKS, (n) => exchange(house, live[n]?.taskToken ?? ''))
  const modelTokens = await inTurns(FEW_TASKS, (n) => exchange(house, live[n]?.taskToken ?? '', MODELS_URI))
  const unboundTokens = await inTurns(FEW_TASKS, (n) => exchange(house, live[n]?.taskToken ?? '', resourceUri('tickets')))
  const dpopKey = await makeDpopKey()
  const certificate = readFileSync(makeTestAuthority(house.folder).issue('agent', { dns: ['agent.example.com'] }).cert, 'utf8')
  const thumbprint = createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url')
  const revocable = await inTurns(wanted.revocableTasks, create)
  return {
    url: house.url,
    gatewayKeys: house.gatewayKeys,
    operatorToken: readFileSync(service.operatorTokenFile, 'utf8').trim(),
    cerbosAddress: service.cerbosAddress,
    agent: house.agent,
    taskTokens: live.map(({ taskToken }) => taskToken),
    knownTokens,
    modelTokens,
    unboundTokens,
    manyTokens: await mintLike(house, knownTokens, wanted.manyTokens),
    dpopTokens: await mintLike(house, knownTokens, LIVE_TASKS, { cnf: { jkt: dpopKey.jkt } }),
    certificateTokens: await mintLike(house, knownTokens, LIVE_TASKS, { cnf: { 'x5t#S256': thumbprint } }),
    dpopKey: dpopKey.privateJwk,
    certificate,
    revocableTasks: revocable.map(({ id }) => id),
    payments: resourceUri('payments'),
    batch: RESOURCES.map(resourceUri),
  }
}

interface Created {
  readonly id: string
  readonly taskToken: string
}

async function createTask(house: House, idToken: string): Promise<Created> {
  const answer = await postJson(`${house.url}/v1/tasks`, {
    client_assertion_type: JWT_BEARER,
    client_assertion: await assertionOf(house.portal, house.url),
    subject_token: idToken,
    subject_token_type: `${TOKEN_TYPE}id_token`,
    agent: house.agent.id,
    resources: [...RESOURCES, MODELS],
    binding: { ticket_id: TICKET },
    purpose: 'refund',
    expires_in: 7_200,
    agent_info: { harness: 'bench', harness_version: '1' },
  })
  return { id: textIn(answer, 'task', 'id'), taskToken: textIn(answer, 'task_token') }
}

async function exchange(house: House, taskToken: string, resource: string = resourceUri('payments')): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    client_assertion_type: JWT_BEARER,
    client_assertion: await assertionOf(house.agent, house.url),
    subject_token: taskToken,
    subject_token_type: `${TOKEN_TYPE}jwt`,
    resource,
  })
  return textIn(await read(await fetch(`${house.url}/oauth2/token`, { method: 'POST', body })), 'access_token')
}

/** Tokens that differ from real ones only in their `jti`, and in what they are bound to. */
async function mintLike(house: House, tokens: readonly string[], count: number, bound: Pick<RuntimeClaims, 'cnf'> = {}): Promise<readonly string[]> {
  const ring = await openKeyRing({ directory: join(house.folder, 'data/keys'), issuer: house.url, algorithm: 'ES256', clock: systemClock })
  try {
    const minted: string[] = []
    for (let n = 0; n < count; n++) {
      const verified = await ring.verifyRuntimeToken(tokens[n % tokens.length] ?? '', Math.floor(systemClock.nowMs() / 1000))
      if (!verified.ok) throw new Error(`a token of the exchange was refused: ${verified.denial.reason}`)
      const { typ: _typ, kid: _kid, ...claims } = verified.value
      minted.push(await ring.mintRuntimeToken({ ...claims, ...bound, jti: newJti() }))
    }
    return minted
  } finally {
    await ring.close()
  }
}

async function assertionOf({ id, key }: ClientKey, audience: string): Promise<string> {
  return await new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', typ: 'client-authentication+jwt', ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .setIssuer(id)
    .setSubject(id)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime('60s')
    .setJti(crypto.randomUUID())
    .sign(await importJWK(key, 'ES256'))
}

async function inTurns<T>(count: number, make: (n: number) => Promise<T>): Promise<readonly T[]> {
  const made: T[] = []
  for (let from = 0; from < count; from += AT_ONCE) {
    made.push(...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, n) => make(from + n)))))
  }
  return made
}

async function postJson(url: string, body: object): Promise<unknown> {
  return await read(await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }))
}

async function read(response: Response): Promise<unknown> {
  const body: unknown = await response.json()
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${JSON.stringify(body).slice(0, 200)}`)
  return body
}

function textIn(value: unknown, ...path: readonly string[]): string {
  let at = value
  for (const name of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined
  if (typeof at !== 'string') throw new Error(`the answer has no ${path.join('.')}`)
  return at
}
