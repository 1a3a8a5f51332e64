// Threads a test holds, and lets go.
import { Worker } from 'node:worker_threads'

export interface Gate {
  /** What `spawnReader` is given. */
  readonly spawn: () => Worker
  readonly spawned: () => number
  open(): void
}

export function closedGate(): Gate {
  const shared = new SharedArrayBuffer(4)
  let spawned = 0
  return {
    spawn: () => {
      spawned += 1
      return new Worker(new URL('./held-thread.ts', import.meta.url), { workerData: shared, env: {}, execArgv: [] })
    },
    spawned: () => spawned,
    open: () => {
      const gate = new Int32Array(shared)
      Atomics.store(gate, 0, 1)
      Atomics.notify(gate, 0)
    },
  }
}

/** A thread of these few lines of CommonJS, warm at once. */
export function threadOf(code: string, options: ConstructorParameters<typeof Worker>[1] = {}): () => Worker {
  return () =>
    new Worker(`const { parentPort } = require('node:worker_threads')\n${code}\nparentPort.postMessage('warm')`, {
      eval: true,
      env: {},
      execArgv: [],
      ...options,
    })
}
