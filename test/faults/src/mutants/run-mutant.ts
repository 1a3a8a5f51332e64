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
  /** What had to happen for it to show, and did not. */
  readonly short: readonly string[]
  readonly seconds: number
  /** It could not be run. */
  readonly failed?: string
}

export interface MutantOrder {
  readonly seed: number
  readonly network: NetworkKind
  readonly redis?: RedisProgram
}

export type MutantAnswer = { readonly caughtBy: readonly Rule[]; readonly short: readonly string[] } | { readonly failed: string }

const RUNNER = fileURLToPath(new URL('./mutant-process.ts', import.meta.url))
const WITHIN_MS = 420_000
const KEPT_TEXT = 20_000
const LINES = 6

export async function runMutant({ name, store }: Mutant, order: MutantOrder): Promise<MutantResult> {
  const began = performance.now()
  const child = fork(RUNNER, [name, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-KEPT_TEXT)))
  const answer = await new Promise<MutantAnswer>((resolve) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      resolve({ failed: 'it did not end in time' })
    }, WITHIN_MS)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve({ failed: errorIn(said) })
    })
    child.on('message', (message: unknown) => {
      if (isAnswer(message)) resolve(message)
    })
  })
  return { name, store, caughtBy: [], short: [], ...answer, seconds: (performance.now() - began) / 1000 }
}

/** Written by this harness a moment ago. */
export function isMutantOrder(value: unknown): value is MutantOrder {
  return typeof value === 'object' && value !== null && 'seed' in value && 'network' in value
}

/** From where it speaks of an error on; its last lines where it speaks of none. */
function errorIn(said: string): string {
  const lines = said.trim().split('\n')
  const at = lines.findLastIndex((line) => /^\w*Error\b/.test(line))
  const found = (at === -1 ? lines.slice(-LINES) : lines.slice(at, at + LINES)).join('\n')
  return found === '' ? 'it ended without a word' : found
}

function isAnswer(message: unknown): message is MutantAnswer {
  return typeof message === 'object' && message !== null && ('caughtBy' in message || 'failed' in message)
}
