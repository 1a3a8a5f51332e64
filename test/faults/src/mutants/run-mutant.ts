// One mutant in a process of its own: the tester's own place at the store runs it too, so that no participant that is whole makes good what the others broke.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { RedisProgram } from '@bailiwick/kit/find-redis'
import type { NetworkKind } from '../network/network.ts'
import type { Rule } from '../checker/rules.ts'
import type { Mutant } from './mutant.ts'

export interface MutantResult {
  readonly name: string
  readonly store: string
  /** Empty: it survived. */
  readonly caughtBy: readonly Rule[]
  readonly seconds: number
  /** It could not be run. */
  readonly failed?: string
}

export interface MutantOrder {
  readonly seed: number
  readonly network: NetworkKind
  readonly redis?: RedisProgram
}

export type MutantAnswer = { readonly caughtBy: readonly Rule[] } | { readonly failed: string }

const RUNNER = fileURLToPath(new URL('./mutant-process.ts', import.meta.url))
const WITHIN_MS = 360_000

export async function runMutant({ name, store }: Mutant, order: MutantOrder): Promise<MutantResult> {
  const began = performance.now()
  const child = fork(RUNNER, [name, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-500)))
  const answer = await new Promise<MutantAnswer>((resolve) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      resolve({ failed: 'it did not end in time' })
    }, WITHIN_MS)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve({ failed: said.trim() === '' ? 'it ended without a word' : said.trim() })
    })
    child.on('message', (message: unknown) => {
      if (isAnswer(message)) resolve(message)
    })
  })
  return { name, store, caughtBy: [], ...answer, seconds: (performance.now() - began) / 1000 }
}

/** Written by this harness a moment ago. */
export function isMutantOrder(value: unknown): value is MutantOrder {
  return typeof value === 'object' && value !== null && 'seed' in value && 'network' in value
}

function isAnswer(message: unknown): message is MutantAnswer {
  return typeof message === 'object' && message !== null && ('caughtBy' in message || 'failed' in message)
}
