// Writes that wait together share one question for confirmation. WAIT blocks its connection, so only this queue ever sends it, after the writes it is
// about have been answered and before the next ones are sent.
import type { Clock } from '@bailiwick/core'
import type { Argument, Link, Session } from './link.ts'
import { confirm } from './confirm.ts'
import type { Confirmation, ConfirmDeps } from './confirm.ts'
import type { Script } from './script.ts'

/** A server that hangs must not put off the next batch for as long again. */
const LONGEST_REST_MS = 20

export interface Written {
  readonly reply: unknown
  readonly confirmation: Confirmation
}

interface Waiting {
  send(session: Session): Promise<unknown>
  resolve(written: Written): void
  reject(fault: unknown): void
}

export interface Writer {
  /**
   * Sends the script, then asks who has it. Rejects with a Fault when the write was refused or its outcome is unknown: it may have happened, or happen
   * yet. A write that was answered but not confirmed resolves.
   */
  write(script: Script, head: string, args: () => readonly Argument[]): Promise<Written>
}

export interface WriterOptions {
  readonly link: Link
  readonly confirmDeps: () => ConfirmDeps
  readonly clock: Clock
  /** Writes in one batch. Bounds how long it keeps the server, which does all of it before it looks at another connection: decisions read over one. */
  readonly batch: number
  /** Rest after a batch with another full one behind it, in times of what it took: decisions have the server and its replicas to themselves then. */
  readonly rest: number
}

export function createWriter({ link, confirmDeps, clock, batch, rest }: WriterOptions): Writer {
  const waiting: Waiting[] = []
  let running = false

  async function run(): Promise<void> {
    running = true
    while (waiting.length > 0) {
      const began = clock.monotonicMs()
      await flush(waiting.splice(0, batch))
      const restMs = Math.min((clock.monotonicMs() - began) * rest, LONGEST_REST_MS)
      if (waiting.length >= batch && restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs))
    }
    running = false
  }

  async function flush(taken: readonly Waiting[]): Promise<void> {
    try {
      const session = link.session()
      const replies = await Promise.allSettled(taken.map((one) => one.send(session)))
      const confirmation = replies.some(({ status }) => status === 'fulfilled') ? await confirm(session, confirmDeps()) : undefined
      for (const [at, one] of taken.entries()) {
        const reply = replies[at]
        if (reply?.status === 'fulfilled' && confirmation !== undefined) one.resolve({ reply: reply.value, confirmation })
        else one.reject(reply?.status === 'rejected' ? reply.reason : undefined)
      }
    } catch (fault) {
      for (const one of taken) one.reject(fault)
    }
  }

  return {
    write: (script, head, args) =>
      new Promise((resolve, reject) => {
        waiting.push({ send: async (session) => await session.run(script, head, args()), resolve, reject })
        if (!running) void run()
      }),
  }
}
