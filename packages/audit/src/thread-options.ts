// How a thread of ours is started: with nothing of the process's environment or flags but where compiled code is kept, and with a small young
// generation. Without the cache each thread loads the type stripper again, and with V8's own choice each keeps tens of megabytes of short-lived objects.
import { getCompileCacheDir } from 'node:module'
import type { WorkerOptions } from 'node:worker_threads'

const YOUNG_GENERATION_MB = 8

export function threadOptions(name: string, workerData: unknown): WorkerOptions {
  const compiled = getCompileCacheDir()
  return {
    name,
    workerData,
    env: compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled },
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  }
}
