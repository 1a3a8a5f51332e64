// Ids exist only through a validating constructor. Ids are not secrets: none of them opens anything alone.
import { randomFillSync } from 'node:crypto'

declare const brand: unique symbol
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** `task_` + UUIDv7. */
export type TaskId = Brand<string, 'TaskId'>
/** `dec_` + UUIDv7: one per question asked, shown to the agent and kept in the audit. */
export type DecisionId = Brand<string, 'DecisionId'>
/** `rev_` + UUIDv7. */
export type RevocationId = Brand<string, 'RevocationId'>
/** `[a-z][a-z0-9-]*`, at most 63 characters. */
export type ResourceName = Brand<string, 'ResourceName'>
/** Configured client identifier: `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`. */
export type ClientId = Brand<string, 'ClientId'>

const UUID7 = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
const TASK_ID = new RegExp(`^task_${UUID7}$`)
const DECISION_ID = new RegExp(`^dec_${UUID7}$`)
const REVOCATION_ID = new RegExp(`^rev_${UUID7}$`)
const RESOURCE_NAME = /^[a-z][a-z0-9-]{0,62}$/
const CLIENT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** What ids look like, for people. */
export const DECISION_ID_FORM = 'dec_ and a version 7 UUID in lower case, like dec_01932c1e-7c1f-7a4e-9d3b-2f6c8e5a1b07'
export const REVOCATION_ID_FORM = 'rev_ and a version 7 UUID in lower case, like rev_01932c1e-7c1f-7a4e-9d3b-2f6c8e5a1b07'
export const TASK_ID_FORM = 'task_ and a version 7 UUID in lower case, like task_01932c1e-7c1f-7a4e-9d3b-2f6c8e5a1b07'

export function parseTaskId(text: unknown): TaskId | undefined {
  return typeof text === 'string' && TASK_ID.test(text) ? (text as TaskId) : undefined
}

export function parseDecisionId(text: unknown): DecisionId | undefined {
  return typeof text === 'string' && DECISION_ID.test(text) ? (text as DecisionId) : undefined
}

export function parseRevocationId(text: unknown): RevocationId | undefined {
  return typeof text === 'string' && REVOCATION_ID.test(text) ? (text as RevocationId) : undefined
}

export function parseResourceName(text: unknown): ResourceName | undefined {
  return typeof text === 'string' && RESOURCE_NAME.test(text) ? (text as ResourceName) : undefined
}

export function parseClientId(text: unknown): ClientId | undefined {
  return typeof text === 'string' && CLIENT_ID.test(text) ? (text as ClientId) : undefined
}

export function newTaskId(nowMs: number): TaskId {
  return `task_${uuidV7(nowMs)}` as TaskId
}

export function newDecisionId(nowMs: number): DecisionId {
  return `dec_${uuidV7(nowMs)}` as DecisionId
}

export function newRevocationId(nowMs: number): RevocationId {
  return `rev_${uuidV7(nowMs)}` as RevocationId
}

// Random bytes come from a pool: one draw per id costs more than the rest of the id together.
const POOL_BYTES = 4096
const pool = Buffer.alloc(POOL_BYTES)
let poolUsed = POOL_BYTES

/** RFC 9562 section 5.7: 48 bits of milliseconds, then 74 random bits. Written here because Node 24.15 has no `randomUUIDv7`. */
export function uuidV7(nowMs: number): string {
  if (poolUsed + 10 > POOL_BYTES) {
    randomFillSync(pool)
    poolUsed = 0
  }
  const random = pool.subarray(poolUsed, poolUsed + 10)
  poolUsed += 10
  random[0] = ((random[0] ?? 0) & 0x0f) | 0x70
  random[2] = ((random[2] ?? 0) & 0x3f) | 0x80
  const time = nowMs.toString(16).padStart(12, '0')
  const tail = random.toString('hex')
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-${tail.slice(0, 4)}-${tail.slice(4, 8)}-${tail.slice(8, 20)}`
}
