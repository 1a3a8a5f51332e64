// What a service needs to decide, asked for all probes alike. Each check is bounded; probes that come together share one round.
import { Fault } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import type { NotReady } from './service.ts'

/** Resolves to what is wrong, or undefined. */
export type Check = () => Promise<string | undefined>

const CHECK_TIMEOUT_MS = 1_000
/** A probe storm must not become a load on the dependencies. */
const FRESH_MS = 250

export function createReadiness(clock: Clock, checks: Readonly<Record<string, Check>>): () => Promise<readonly NotReady[]> {
  let round: { readonly began: number; readonly result: Promise<readonly NotReady[]> } | undefined
  return () => {
    const now = clock.monotonicMs()
    if (round === undefined || now - round.began >= FRESH_MS) round = { began: now, result: runChecks(checks) }
    return round.result
  }
}

async function runChecks(checks: Readonly<Record<string, Check>>): Promise<readonly NotReady[]> {
  const found = await Promise.all(
    Object.entries(checks).map(async ([check, run]) => {
      const problem = await bounded(run)
      return problem === undefined ? undefined : { check, problem }
    }),
  )
  return found.filter((problem) => problem !== undefined)
}

async function bounded(run: Check): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const timer = setTimeout(() => resolve('did not answer'), CHECK_TIMEOUT_MS)
  try {
    return await Promise.race([run(), promise])
  } catch (error) {
    // A fault's stable code, never its message: that may name files and hosts, and readiness is asked by anybody.
    return error instanceof Fault ? error.code : 'failed'
  } finally {
    clearTimeout(timer)
  }
}
