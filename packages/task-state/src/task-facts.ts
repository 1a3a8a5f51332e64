// The facts of a task that never change, as one JSON text. Reading checks every member, because a text that another program or a bad disk changed
// must be a fault, never a task with a hole in it. Pure.
import { parseClientId, parseResourceName, parseTaskId } from '@bailiwick/core'
import type { TaskId } from '@bailiwick/core'
import { corrupt } from './corrupt.ts'
import type { NewTask } from './task-store.ts'

export type TaskFacts = Omit<NewTask, 'authenticatedAt'>

export function factsText(input: NewTask): string {
  const { authenticatedAt: _, ...facts } = input
  return JSON.stringify(facts satisfies TaskFacts)
}

/** The facts of the task `id`, which ends at `expiresAt`; the fault `store_corrupt` for anything else. */
export function factsOf(text: string, id: TaskId, expiresAt: number): TaskFacts {
  const facts = readFacts(text, id)
  if (facts.id !== id || facts.expiresAt !== expiresAt) throw corrupt('task facts')
  return facts
}

interface Read {
  readonly text: string
  readonly facts: TaskFacts
}

/** Of each of two generations: what was not read for that many others is forgotten. About 1.6 kB each. */
const GENERATION = 8_192
let recent = new Map<TaskId, Read>()
let earlier: ReadonlyMap<TaskId, Read> = new Map()

/**
 * Reading one text twice gives the same facts, so the second time they are looked up: by the task, and only where the whole text is the same. The text itself
 * comes from the store at every read: what is remembered is how it reads, never what a task is.
 */
function readFacts(text: string, id: TaskId): TaskFacts {
  const known = recent.get(id)
  if (known?.text === text) return known.facts
  const older = earlier.get(id)
  const read = older?.text === text ? older : { text, facts: parseFacts(text) }
  if (recent.size >= GENERATION) {
    earlier = recent
    recent = new Map()
  }
  recent.set(id, read)
  return read.facts
}

function parseFacts(text: string): TaskFacts {
  const facts = parseStored(text, 'facts')
  if (!isTaskFacts(facts)) throw corrupt('task facts')
  return freeze(facts)
}

/** Shared between decisions from now on: a member that one of them changed would be the next one's truth. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) freeze(member)
  return Object.freeze(value)
}

export function parseStored(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw corrupt(what, error)
  }
}

type Members = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

function isTaskFacts(value: unknown): value is TaskFacts {
  return (
    isObject(value) &&
    parseTaskId(value['id']) !== undefined &&
    (value['parentId'] === undefined || parseTaskId(value['parentId']) !== undefined) &&
    isSubject(value['subject']) &&
    isAgent(value['agent']) &&
    (value['act'] === undefined || isActor(value['act'])) &&
    isBinding(value['binding']) &&
    typeof value['bindingSource'] === 'string' &&
    isOptionalText(value['purpose']) &&
    isResources(value['resources']) &&
    Number.isSafeInteger(value['createdAt']) &&
    typeof value['createdBy'] === 'string' &&
    (value['createdByClient'] === undefined || parseClientId(value['createdByClient']) !== undefined) &&
    Number.isSafeInteger(value['expiresAt'])
  )
}

function isSubject(value: unknown): boolean {
  if (!isObject(value) || typeof value['sub'] !== 'string' || value['sub'] === '' || typeof value['iss'] !== 'string' || !isObject(value['subId'])) return false
  return value['kind'] === 'user' || value['kind'] === 'agent' || value['kind'] === 'workload'
}

function isAgent(value: unknown): boolean {
  if (!isObject(value) || typeof value['id'] !== 'string' || value['id'] === '' || typeof value['declared'] !== 'boolean') return false
  return parseClientId(value['clientId']) !== undefined && ['name', 'harness', 'harnessVersion', 'model'].every((member) => isOptionalText(value[member]))
}

function isActor(value: unknown): boolean {
  for (let at = value; at !== undefined;) {
    if (!isObject(at) || typeof at['sub'] !== 'string' || !isOptionalText(at['client_id']) || !isOptionalText(at['sub_profile'])) return false
    at = at['act']
  }
  return true
}

function isBinding(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((fact) => fact === null || typeof fact !== 'object')
}

function isResources(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((name) => parseResourceName(name) !== undefined)
}
