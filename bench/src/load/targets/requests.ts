// The HTTP rows: what each sends and which answer counts. Client assertions are single-use and are therefore signed beforehand, one per request.
import { importJWK, SignJWT } from 'jose'
import type { Supplies } from '../../house/supplies.ts'
import type { Target } from '../target.ts'
import { httpTarget, said } from './http.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
/** The longest an assertion may live. */
const ASSERTION_LIFETIME_SECONDS = 300

/** `POST /oauth2/token`: a task token for one runtime token. */
export async function exchangeTarget(supplies: Supplies, requests: number): Promise<Target> {
  const assertions = await signAssertions(supplies, requests)
  const { url, taskTokens, payments } = supplies
  return httpTarget({
    url,
    request: (n) => {
      const assertion = assertions[n]
      if (assertion === undefined) return undefined
      const body = new URLSearchParams({
        grant_type: TOKEN_EXCHANGE,
        client_assertion_type: JWT_BEARER,
        client_assertion: assertion,
        subject_token: taskTokens[n % taskTokens.length] ?? '',
        subject_token_type: JWT,
        resource: payments,
      }).toString()
      return { method: 'POST', path: '/oauth2/token', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body }
    },
    judge: (status, body) => (status === 200 && body.includes('"access_token"') ? undefined : said(status, body)),
  })
}

/** `POST /oauth2/token-batch`: eight runtime tokens of one task. */
export async function batchTarget(supplies: Supplies, requests: number): Promise<Target> {
  const assertions = await signAssertions(supplies, requests)
  const { url, taskTokens, batch } = supplies
  return httpTarget({
    url,
    request: (n) => {
      const assertion = assertions[n]
      if (assertion === undefined) return undefined
      const body = JSON.stringify({
        client_assertion_type: JWT_BEARER,
        client_assertion: assertion,
        subject_token: taskTokens[n % taskTokens.length] ?? '',
        subject_token_type: JWT,
        items: batch.map((resource) => ({ resource })),
      })
      return { method: 'POST', path: '/oauth2/token-batch', headers: { 'content-type': 'application/json' }, body }
    },
    judge: (status, body) => (status === 200 && body.split('"access_token"').length - 1 === batch.length ? undefined : said(status, body)),
  })
}

/** `POST /v1/revocations`: each of a task of its own. */
export function revokeTarget({ url, operatorToken, revocableTasks }: Supplies): Target {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${operatorToken}` }
  return httpTarget({
    url,
    request: (n) => {
      const id = revocableTasks[n]
      if (id === undefined) return undefined
      const body = JSON.stringify({ scope: { kind: 'task', id }, reason: 'measured', hold: false })
      return { method: 'POST', path: '/v1/revocations', headers, body }
    },
    judge: (status, body) => (status === 200 && body.includes('"status":"confirmed"') ? undefined : said(status, body)),
  })
}

async function signAssertions({ agent, url }: Supplies, count: number): Promise<readonly string[]> {
  const key = await importJWK(agent.key, 'ES256')
  const iat = Math.floor(Date.now() / 1000)
  const assertions: string[] = []
  for (let n = 0; n < count; n++) {
    assertions.push(
      await new SignJWT({})
        .setProtectedHeader({ alg: 'ES256', typ: 'client-authentication+jwt', ...(agent.key.kid === undefined ? {} : { kid: agent.key.kid }) })
        .setIssuer(agent.id)
        .setSubject(agent.id)
        .setAudience(url)
        .setIssuedAt(iat)
        .setExpirationTime(iat + ASSERTION_LIFETIME_SECONDS)
        .setJti(`${n}-${crypto.randomUUID()}`)
        .sign(key),
    )
  }
  return assertions
}
