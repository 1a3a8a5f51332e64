// The thread's side of a `ThreadClient`: one synchronous answer per message, in order. An answer that throws is told by its code.
import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '@bailiwick/core'
import { codeOfProblem, problemOf } from './journal-fault.ts'
import type { FromThread, ToThread } from './thread-messages.ts'

export interface ThreadService<Request, Reply> {
  answer(request: Request): Reply
  close(): void
}

/** Only called at the top of a thread's entry file. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the entry file says what its own client sends
export function serveThread<Options, Request, Reply>(start: (options: Options) => ThreadService<Request, Reply>): void {
  const port = parentPort
  if (port === null) throw new TypeError('runs only in a worker thread')
  const tell = (message: FromThread<Reply>): void => port.postMessage(message)
  let service: ThreadService<Request, Reply>
  try {
    // oxlint-disable-next-line typescript/no-unsafe-assignment -- structured-cloned by the client in this package, never from outside
    const options: Options = workerData
    service = start(options)
  } catch (error) {
    tell({ type: 'failed', n: undefined, ...described(error) })
    port.close()
    return
  }
  port.on('message', (message: ToThread<Request>) => {
    if ('close' in message) {
      service.close()
      port.close()
      return
    }
    try {
      tell({ type: 'reply', n: message.n, reply: service.answer(message.request) })
    } catch (error) {
      tell({ type: 'failed', n: message.n, ...described(error) })
    }
  })
  tell({ type: 'ready' })
}

function described(error: unknown): { readonly code: string; readonly problem: string } {
  return error instanceof Fault ? { code: error.code, problem: error.message } : { code: codeOfProblem(error), problem: problemOf(error) }
}
