// How the agents and the portal speak to Bailiwick: plain HTTP, nothing hidden. (A real agent would use a client library.)
import type { ClientKey } from '../household/keys.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
export const JWT_SPIFFE = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe'
export const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:'

/** Who the caller proves to be. */
export interface Credential {
  readonly client_assertion_type: string
  readonly client_assertion: string
}

export async function keyCredential(key: ClientKey, issuer: string): Promise<Credential> {
  return { client_assertion_type: JWT_BEARER, client_assertion: await key.assertion(issuer) }
}

/** What a refusal of Bailiwick's says, whichever endpoint gave it. */
export interface Refusal {
  readonly status: number
  readonly reason: string
  readonly message: string
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal }

export interface CreatedTask {
  readonly task: { readonly id: string; readonly agent: { readonly id: string } }
  readonly task_token: string
}

export interface BatchAnswer {
  readonly task_id: string
  readonly items: readonly {
    readonly resource: string
    readonly access_token?: string
    readonly expires_in?: number
    readonly error?: string
    readonly reason?: string
  }[]
}

export function createTask(issuer: string, credential: Credential, body: Record<string, unknown>): Promise<Answer<CreatedTask>> {
  return post(`${issuer}/v1/tasks`, { ...credential, ...body })
}

/** One runtime token for each resource of the task, in one call. */
export function exchangeAll(issuer: string, credential: Credential, subjectToken: string, subjectTokenType: string): Promise<Answer<BatchAnswer>> {
  return post(`${issuer}/oauth2/token-batch`, { ...credential, subject_token: subjectToken, subject_token_type: subjectTokenType, items: 'all' })
}

/** RFC 8693, one resource. */
export async function exchangeOne(
  issuer: string,
  credential: Credential,
  subjectToken: string,
  subjectTokenType: string,
  resource: string,
): Promise<Answer<{ readonly access_token: string }>> {
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    ...credential,
    subject_token: subjectToken,
    subject_token_type: subjectTokenType,
    resource,
  })
  return await read(await fetch(`${issuer}/oauth2/token`, { method: 'POST', body: form }))
}

export async function post<T>(url: string, body: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Answer<T>> {
  return await read<T>(await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }))
}

export async function read<T>(response: Response): Promise<Answer<T>> {
  const body: unknown = await response.json()
  if (response.ok) return { ok: true, value: body as T }
  const said = body as { reason?: string; detail?: string; error?: string; error_description?: string }
  return {
    ok: false,
    refusal: { status: response.status, reason: said.reason ?? said.error ?? 'unknown', message: said.detail ?? said.error_description ?? '' },
  }
}
