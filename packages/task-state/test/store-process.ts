// Starts store-child.ts and talks to it, one order at a time.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { NewTask, RevokeInput, StandingQuery } from '../src/task-store.ts'

export type ChildOrder =
  | { readonly verb: 'open'; readonly file: string }
  | { readonly verb: 'create'; readonly task: NewTask; readonly now: number }
  | { readonly verb: 'revoke'; readonly input: RevokeInput }
  | { readonly verb: 'read'; readonly query: StandingQuery }
  | { readonly verb: 'close' }

export interface ChildAnswer {
  readonly value?: unknown
  readonly fault?: string
}

export interface StoreProcess {
  order(order: ChildOrder): Promise<ChildAnswer>
  /** SIGKILL: no handler, no flush. */
  kill(): Promise<void>
}

function isAnswer(message: unknown): message is ChildAnswer {
  return typeof message === 'object' && message !== null
}

export async function startStoreProcess(): Promise<StoreProcess> {
  const child = fork(fileURLToPath(new URL('./store-child.ts', import.meta.url)), { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const answer = async (): Promise<ChildAnswer> => {
    const [message]: unknown[] = await once(child, 'message')
    if (!isAnswer(message)) throw new Error('no answer from the child')
    return message
  }
  await answer()
  return {
    async order(order) {
      const next = answer()
      child.send(order)
      return await next
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
