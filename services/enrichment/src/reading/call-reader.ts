// Reads calls: small bodies here and at once, large ones in a thread, so that no decision waits while another one's sixteen megabytes are read.
// Both ways go through the same readers. A body that could not be read there is a denial or a fault, never a call.
import { availableParallelism } from 'node:os'
import { Worker, isMarkedAsUntransferable } from 'node:worker_threads'
import type { CallForm, Channel, Clock, Deadline, Denial, HttpForm, JsonObject, JsonValue, Resource } from '@bailiwick/core'
import { isJsonArray, isJsonObject, newJsonObject } from '@bailiwick/json'
import { decodeQuestion } from '../doors/v1/decode.ts'
import type { Decoded } from '../doors/v1/decode.ts'
import { unreadLlm } from '../read/llm/read-llm-http.ts'
import { readCall } from '../read/read-call.ts'
import { refuse } from '../read/read-outcome.ts'
import type { ReadOutcome } from '../read/read-outcome.ts'
import type { ReadingAnswer, ReadingTask } from './reading-task.ts'
import { createThreadPool } from './thread-pool.ts'
import type { Outcome } from './thread-pool.ts'

export interface CallReader {
  read(resource: Resource, form: CallForm, deadline: Deadline): ReadOutcome | Promise<ReadOutcome>
  /** The document of a `/v1` question; a denial where nobody had the time or the memory for it. Rejects where a thread ended. */
  decode(bytes: Uint8Array, maxBytes: number, channel: Channel, deadline: Deadline): Decoded | Promise<Decoded | Unread>
  close(): Promise<void>
}

export type Unread = Extract<Denial, { reason: 'deadline_exceeded' | 'body_unreadable' }>

export interface CallReaderDeps {
  readonly clock: Clock
  /** Whether a thread is started before the first large body: it takes about 27 MiB, and model calls of that size are common. */
  readonly warm: boolean
  /** Of a reading thread. */
  readonly spawn?: (() => Worker) | undefined
}

/** Read in under 3 ms. */
export const LARGE_BYTES = 128 * 1024
const MAX_THREADS = 2
const MAX_WAITING = 16
const MAX_WAITING_BYTES = 96 * 1024 * 1024
const RUN_LIMIT_MS = 5_000
/** The largest body as text and its half a million values take about half of it. */
const THREAD_MIB = 256
/** A thread takes a moment to load; a service that ends sooner needs none. */
const WARM_AFTER_MS = 500

export function createCallReader({ clock, warm, spawn = spawnThread }: CallReaderDeps): CallReader {
  const pool = createThreadPool<ReadingTask, ReadingAnswer>({
    clock,
    spawn,
    threads: Math.min(MAX_THREADS, availableParallelism()),
    maxWaiting: MAX_WAITING,
    maxWaitingBytes: MAX_WAITING_BYTES,
    runLimitMs: RUN_LIMIT_MS,
  })
  const warming = warm ? setTimeout(() => pool.warm(), WARM_AFTER_MS).unref() : undefined

  async function readLarge(resource: Resource, form: HttpForm, body: Uint8Array, deadline: Deadline): Promise<ReadOutcome> {
    const { length } = body
    const own = ownBytes(body)
    const done = await pool.run({ kind: 'call', resource, form: { ...form, body: own } }, length, [own.buffer], deadline)
    if (done.ok && done.answer.kind === 'call') return restored(done.answer.outcome)
    return refuse(denialOf(done), resource.kind === 'llm' ? unreadLlm(form) : { kind: 'unread', resourceKind: 'mcp' })
  }

  async function decodeLarge(bytes: Uint8Array, maxBytes: number, channel: Channel, deadline: Deadline): Promise<Decoded | Unread> {
    const length = bytes.length
    const own = ownBytes(bytes)
    const done = await pool.run({ kind: 'document', bytes: own, maxBytes, channel, deadline }, length, [own.buffer], deadline)
    return done.ok && done.answer.kind === 'document' ? restoredParams(done.answer.decoded) : denialOf(done)
  }

  return {
    read: (resource, form, deadline) => {
      const large = form.form === 'http' && typeof form.body !== 'string' && form.body.length > LARGE_BYTES
      // One that is over its limit is refused by its length alone.
      if (!large || form.body.length > resource.maxBodyBytes) return readCall(resource, form)
      return readLarge(resource, form, form.body, deadline)
    },
    decode: (bytes, maxBytes, channel, deadline) =>
      bytes.length > LARGE_BYTES ? decodeLarge(bytes, maxBytes, channel, deadline) : decodeQuestion(bytes, maxBytes, channel, deadline),
    close: async () => {
      clearTimeout(warming)
      await pool.close()
    },
  }
}

function spawnThread(): Worker {
  return new Worker(new URL('./reading-thread.ts', import.meta.url), {
    name: 'bailiwick-reader',
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MIB, maxYoungGenerationSizeMb: 32 },
  })
}

/** The whole buffer goes where the bytes are most of it; what shares it with others is copied. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = bytes
  const isOurs = buffer instanceof ArrayBuffer && length * 2 > buffer.byteLength && !isMarkedAsUntransferable(buffer)
  return isOurs ? new Uint8Array(buffer, byteOffset, length) : new Uint8Array(bytes)
}

/** Of a thread that died nobody knows why: that is a fault of ours. */
function denialOf(done: Outcome<ReadingAnswer>): Unread {
  if (done.ok) throw new Error('a reading thread answered something else')
  switch (done.problem) {
    case 'busy':
    case 'late':
      return { reason: 'deadline_exceeded', detail: `reader_${done.problem}` }
    case 'too_large':
      return { reason: 'body_unreadable', problem: 'too_large', detail: 'reader_out_of_memory' }
    case 'died':
      throw new Error('a reading thread ended')
  }
}

/** Arguments as the strict reader makes them: objects lose what they are without a prototype on the way between threads. */
function restored(outcome: ReadOutcome): ReadOutcome {
  if (!outcome.ok || outcome.call.kind !== 'mcp' || outcome.call.arguments === undefined || outcome.call.arguments === 'unseen') return outcome
  return { ok: true, call: { ...outcome.call, arguments: bareObject(outcome.call.arguments) } }
}

function restoredParams(decoded: Decoded): Decoded {
  if (!decoded.ok || decoded.question.call.form !== 'mcp') return decoded
  const { params } = decoded.question.call
  return isJsonObject(params) ? { ok: true, question: { ...decoded.question, call: { ...decoded.question.call, params: bareObject(params) } } } : decoded
}

function bare(value: JsonValue): JsonValue {
  if (isJsonArray(value)) return value.map(bare)
  return isJsonObject(value) ? bareObject(value) : value
}

function bareObject(value: JsonObject): JsonObject {
  const object = newJsonObject()
  for (const key of Object.keys(value)) object[key] = bare(value[key] ?? null)
  return object
}
