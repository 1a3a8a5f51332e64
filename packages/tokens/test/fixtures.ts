// What every test of this package starts from: a clock, a folder, claims that are good.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newTaskId, parseClientId } from '@bailiwick/core'
import type { ClientId } from '@bailiwick/core'
import { TEST_EPOCH_MS } from '@bailiwick/kit/clock'
import type { RuntimeClaims, TaskClaims } from '../src/index.ts'

export const ISSUER = 'https://bailiwick.example'
export const NOW = TEST_EPOCH_MS / 1000
export const PAYMENTS = 'https://payments.example.com/mcp'

export function clientId(text: string): ClientId {
  const id = parseClientId(text)
  if (id === undefined) throw new TypeError('not a client id')
  return id
}

export type UnsignedRuntime = Omit<RuntimeClaims, 'kid' | 'typ'>
export type UnsignedTask = Omit<TaskClaims, 'kid' | 'typ'>

export function taskClaims(change: Partial<UnsignedTask> = {}): UnsignedTask {
  return {
    iss: ISSUER,
    sub: 'corp:alice',
    subId: { format: 'iss_sub', iss: 'https://idp.example.com', sub: 'alice' },
    clientId: clientId('refund-agent'),
    jti: 'jti-1',
    iat: NOW,
    exp: NOW + 600,
    taskId: newTaskId(TEST_EPOCH_MS),
    kep: { epoch: 1, revision: 42 },
    ...change,
  }
}

export function runtimeClaims(change: Partial<UnsignedRuntime> = {}): UnsignedRuntime {
  return { ...taskClaims(), aud: PAYMENTS, scope: [], act: { sub: 'client:refund-agent', client_id: 'refund-agent' }, ...change }
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'bailiwick-tokens-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** The token with its header or payload replaced and the signature left as it was. */
export function tamper(token: string, part: 0 | 1, change: (members: Record<string, unknown>) => unknown): string {
  const segments = token.split('.')
  const text = Buffer.from(segments[part] ?? '', 'base64url').toString()
  segments[part] = encode(JSON.stringify(change(JSON.parse(text))))
  return segments.join('.')
}

export function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}

export function payloadOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

export function headerOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
}

/** The reason and detail of a refusal; throws when it was none, so that a test cannot pass by accident. */
export async function refusal(
  result: Promise<{ readonly ok: true } | { readonly ok: false; readonly denial: { reason: string; detail?: string } }>,
): Promise<string> {
  const outcome = await result
  if (outcome.ok) throw new Error('it was accepted')
  const { reason, detail } = outcome.denial
  return detail === undefined ? reason : `${reason} ${detail}`
}
