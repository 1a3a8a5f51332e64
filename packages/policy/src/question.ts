// What may be asked at all. The engine answers a malformed question with a transport error or, worse, with an answer about something
// else (NaN compares false to every cap), so it is refused here, before it leaves the process. No I/O.
//
// Checked in order: principal id and roles; at least one item; each item's kind, id and actions; every attribute finite, well-formed,
// not too deep; the size of each item together with the principal.
import { Fault } from '@bailiwick/core'
import type { JsonObject, JsonValue } from '@bailiwick/core'
import type { PolicyItem, PolicyQuestion } from './decider.ts'

const MAX_ITEMS = 1_000
/** The engine's own limit of actions on one resource. */
const MAX_ACTIONS = 50
const MAX_ROLES = 100
const MAX_DEPTH = 64
const MAX_NAME_LENGTH = 4_096
/** The engine refuses messages over 4 MiB; the rest is room for what is not counted. */
export const MAX_QUESTION_BYTES = 3_500_000
/** `*` in a policy's roles means everybody; a role that is itself a pattern has no place in a question. */
const GLOB = /[*?[\]{}!\\]/

/** @throws Fault `question_malformed`. Does not check that kinds, actions or roles exist: what no policy knows is a deny. */
export function assertAskable({ principal, items }: PolicyQuestion): void {
  assertName(principal.id, 'principal without a usable id')
  if (principal.roles.length === 0 || principal.roles.length > MAX_ROLES) refuse('principal without role, or with too many')
  for (const role of principal.roles) assertRole(role)
  assertUnique(principal.roles, 'repeated role')
  if (items.length === 0 || items.length > MAX_ITEMS) refuse('no item, or too many')
  const principalBytes = weigh(principal.attr, MAX_DEPTH)
  for (const item of items) if (assertItem(item) + principalBytes > MAX_QUESTION_BYTES) refuse('over the size the engine reads')
}

/** An upper bound, near enough, of what an item takes on the wire. */
export function weighItem({ resource, actions }: PolicyItem): number {
  let bytes = 64 + Buffer.byteLength(resource.kind) + Buffer.byteLength(resource.id) + weigh(resource.attr, MAX_DEPTH)
  for (const action of actions) bytes += 8 + Buffer.byteLength(action)
  return bytes
}

/** @throws Fault `question_malformed` for a value that JSON cannot hold or the engine would misread. */
export function weigh(value: JsonValue, depthLeft: number = MAX_DEPTH): number {
  if (depthLeft === 0) refuse('attribute too deep')
  if (typeof value === 'string') return weighText(value)
  if (typeof value === 'number') return weighNumber(value)
  if (typeof value === 'boolean' || value === null) return 8
  // The types say this cannot be; an attribute that vanished on the wire would be judged as absent.
  if (typeof value !== 'object') refuse('attribute is not a JSON value')
  return isList(value) ? weighList(value, depthLeft) : weighMembers(value, depthLeft)
}

function weighList(list: readonly JsonValue[], depthLeft: number): number {
  let bytes = 16
  for (const element of list) bytes += weigh(element, depthLeft - 1)
  return bytes
}

function weighMembers(object: JsonObject, depthLeft: number): number {
  let bytes = 16
  for (const [key, member] of Object.entries(object)) {
    // The client builds plain objects: this name would set their prototype, and the attribute would be gone.
    if (key === '__proto__') refuse('reserved attribute name')
    bytes += weighText(key) + weigh(member, depthLeft - 1)
  }
  return bytes
}

function weighNumber(number: number): number {
  if (!Number.isFinite(number)) refuse('attribute is not a finite number')
  return 16
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function weighText(text: string): number {
  // Lone surrogates cannot be encoded in protobuf: they would reach the engine as another text.
  if (!text.isWellFormed()) refuse('text is not well-formed')
  return 8 + Buffer.byteLength(text)
}

function assertItem(item: PolicyItem): number {
  const { resource, actions } = item
  assertName(resource.kind, 'resource without a usable kind')
  assertName(resource.id, 'resource without a usable id')
  if (actions.length === 0 || actions.length > MAX_ACTIONS) refuse('no action, or too many')
  for (const action of actions) assertName(action, 'unusable action')
  assertUnique(actions, 'repeated action')
  return weighItem(item)
}

function assertRole(role: string): void {
  assertName(role, 'unusable role')
  if (GLOB.test(role)) refuse('role is a pattern')
}

function assertName(text: string, why: string): void {
  if (text.length === 0 || text.length > MAX_NAME_LENGTH || !text.isWellFormed()) refuse(why)
}

function assertUnique(list: readonly string[], why: string): void {
  if (new Set(list).size !== list.length) refuse(why)
}

function refuse(why: string): never {
  throw new Fault('policy', 'question_malformed', why)
}
