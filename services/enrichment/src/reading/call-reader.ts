// Reads calls: small bodies here and at once, large ones in a thread, so that no decision waits while another one's sixteen megabytes are read.
// Both ways go through the same readers. A body that could not be read there is a denial or a fault, never a call.
import { availableParallelism } from 'node:os'
import { Worker, isMarkedAsUntransferable } from 'node:worker_threads'
import { deny, LARGE_BYTES, ok } from '@bailiwick/core'
import type { CallForm, Clock, Deadline, Denial, HttpForm, Resource, Result } from '@bailiwick/core'
import type { DeadlineWatch } from '../decide/deadline-watch.ts'
import { unreadLlm } from '../read/llm/read-llm-http.ts'
import { readCall } from '../read/read-call.ts'
import { refuse } from '../read/read-outcome.ts'
import type { ReadOutcome } from '../read/read-outcome.ts'
import { DECODERS } from './documents.ts'
import type { DocumentKind, Documents } from './documents.ts'
import { isAnswerTo } from './reading-task.ts'
import type { ReadingAnswer, ReadingTask } from './reading-task.ts'
import { RESTORERS, restoredOutcome } from './restore.ts'
import { createThreadPool } from './thread-pool.ts'
import type { Outcome } from './thread-pool.ts'

export interface CallReader {
  read(resource: Resource, form: CallForm, deadline: Deadline): ReadOutcome | Promise<ReadOutcome>
  /** A document of a door; a denial where nobody had the time or the memory for it, or a thread ended. Never rejects. */
  decode<K extends DocumentKind>(
    document: K,
    bytes: Uint8Array,
    maxBytes: number,
    deadline: Deadline,
  ): Result<Documents[K], Unread> | Promise<Result<Documents[K], Unread>>
  /** Whether a large body would be read at once, rather than wait until a thread is there. Starts one where there is none. */
  isWarm(): boolean
  close(): Promise<void>
}

export type Unread = Extract<Denial, { reason: 'deadline_exceeded' | 'body_unreadable' | 'state_unavailable' }>

export interface CallReaderDeps {
  readonly clock: Clock
  readonly deadlines: Pick<DeadlineWatch, 'watch'>
  /** Of a reading thread. */
  readonly spawn?: (() => Worker) | undefined
}

const MAX_THREADS = 2
const MAX_WAITING = 16
const MAX_WAITING_BYTES = 96 * 1024 * 1024
const RUN_LIMIT_MS = 5_000
/** Loading and warming take half a second of a core, which a busy machine may not have. */
const START_LIMIT_MS = 60_000
/** A second thread takes 20 to 40 MB, for some milliseconds of reading that would wait. */
const ANOTHER_ABOVE_BYTES = 1024 * 1024
const IDLE_MS = 60_000
/** The largest body as text and its half a million values take about half of it. */
const THREAD_MIB = 256
/** Where nobody asks whether the service is ready. One that ends sooner needs no thread. */
const WARM_AFTER_MS = 500

export function createCallReader({ clock, deadlines, spawn = spawnThread }: CallReaderDeps): CallReader {
  const pool = createThreadPool<ReadingTask, ReadingAnswer>({
    clock,
    spawn,
    threads: Math.min(MAX_THREADS, availableParallelism()),
    maxWaiting: MAX_WAITING,
    maxWaitingBytes: MAX_WAITING_BYTES,
    anotherAboveBytes: ANOTHER_ABOVE_BYTES,
    idleMs: IDLE_MS,
    runLimitMs: RUN_LIMIT_MS,
    startLimitMs: START_LIMIT_MS,
  })
  const warming = setTimeout(() => pool.isWarm(), WARM_AFTER_MS).unref()

  async function readLarge(resource: Resource, form: HttpForm, body: Uint8Array, deadline: Deadline): Promise<ReadOutcome> {
    const { length } = body
    const own = ownBytes(body)
    const done = await pool.run({ kind: 'call', resource, form: { ...form, body: own } }, length, [own.buffer], deadline)
    if (done.ok && done.answer.kind === 'call') return restoredOutcome(done.answer.outcome)
    return refuse(denialOf(done), resource.kind === 'llm' ? unreadLlm(form) : { kind: 'unread', resourceKind: 'mcp' })
  }

  /** Of a call the walk watches the deadline itself. A thread that goes on for nobody ends by its own limit. */
  function inTime(running: Promise<Outcome<ReadingAnswer>>, deadline: Deadline): Promise<Outcome<ReadingAnswer>> {
    return new Promise((resolve) => {
      const stopWatching = deadlines.watch(deadline, () => resolve({ ok: false, problem: 'late' }))
      void running.then((outcome) => {
        stopWatching()
        resolve(outcome)
      })
    })
  }

  async function decodeLarge<K extends DocumentKind>(
    document: K,
    bytes: Uint8Array,
    maxBytes: number,
    deadline: Deadline,
  ): Promise<Result<Documents[K], Unread>> {
    const { length } = bytes
    const own = ownBytes(bytes)
    const done = await inTime(pool.run({ kind: 'document', document, bytes: own, maxBytes }, length, [own.buffer], deadline), deadline)
    if (done.ok && isAnswerTo(document, done.answer)) return ok(RESTORERS[document](done.answer.decoded))
    // The walk has not begun, so nobody there would catch a fault of ours and record it.
    return deny(done.ok || done.problem === 'died' ? { reason: 'state_unavailable', detail: 'reader_ended' } : denialOf(done))
  }

  return {
    read: (resource, form, deadline) => {
      const large = form.form === 'http' && typeof form.body !== 'string' && form.body.length > LARGE_BYTES
      // One that is over its limit is refused by its length alone.
      if (!large || form.body.length > resource.maxBodyBytes) return readCall(resource, form)
      return readLarge(resource, form, form.body, deadline)
    },
    decode: (document, bytes, maxBytes, deadline) =>
      bytes.length > LARGE_BYTES && bytes.length <= maxBytes ? decodeLarge(document, bytes, maxBytes, deadline) : ok(DECODERS[document](bytes, maxBytes)),
    isWarm: () => pool.isWarm(),
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
