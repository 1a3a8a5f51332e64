// The shared parts, watched for the numbers: what fails is counted where it happens, whoever asked. Watching delays and changes nothing: every
// answer and every fault reaches its caller as it came.
import { Fault } from '@bailiwick/core'
import type { Journal } from '@bailiwick/audit'
import { isMismatch } from '@bailiwick/policy'
import type { Decider } from '@bailiwick/policy'
import type { Metrics } from '@bailiwick/runtime'
import type { TaskStore } from '@bailiwick/task-state'

/** Every verb of the store, also those added later. What is thrown that is no fault is a bug of ours, and counted as one. */
export function watchStore(store: TaskStore, metrics: Pick<Metrics, 'storeFailed'>): TaskStore {
  return watchRejections(store, (_verb, thrown) => metrics.storeFailed(codeOf(thrown)))
}

export function watchJournal(journal: Journal, metrics: Pick<Metrics, 'auditRefused'>): Journal {
  return watchRejections(journal, (verb, thrown) => {
    if (verb === 'append') metrics.auditRefused(codeOf(thrown))
  })
}

/** An engine that does not keep to its policies and schemas, or is not the one the policies are made for. */
const MISFITS: ReadonlySet<string> = new Set(['pdp_unfit', 'pdp_answer_malformed'])

export function watchDecider(decider: Decider, metrics: Pick<Metrics, 'policyMismatched'>): Decider {
  return {
    ...decider,
    decide: (question) => {
      const asked = decider.decide(question)
      asked.then(
        (answers) => {
          if (answers.some(isMismatch)) metrics.policyMismatched()
        },
        (thrown: unknown) => {
          if (thrown instanceof Fault && MISFITS.has(thrown.code)) metrics.policyMismatched()
        },
      )
      return asked
    },
  }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Fault ? thrown.code : 'internal_error'
}

function watchRejections<T extends object>(part: T, onRejection: (verb: string, thrown: unknown) => void): T {
  const verbs = new Map<string | symbol, unknown>()
  return new Proxy(part, {
    get(target, name) {
      const known = verbs.get(name)
      if (known !== undefined) return known
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      const watched = (...given: readonly unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, given)
        if (answer instanceof Promise) answer.catch((thrown: unknown) => onRejection(String(name), thrown))
        return answer
      }
      verbs.set(name, watched)
      return watched
    },
  })
}
