// Mutants that answer nothing wrong and everything late. Each is late by itself, by far more than the bound, so that no machine is too quick or too slow to
// tell: what the machine kept waiting is not excused in their runs.
import type { Mutant } from './mutant.ts'

/** A back-off that is at its height at once, where the product's is not. */
const LONG_MS = 30_000
const WAITS_MS = 2_500
const POLICY = 'packages/policy/src/cerbos-decider.ts'
const REVOCATIONS = 'services/control/src/http/revocation-routes.ts'

export const LATE_MUTANTS: readonly Mutant[] = [
  {
    name: 'the policy engine is asked again half a minute after it was gone',
    store: 'sqlite',
    edits: [
      { file: POLICY, find: "'grpc.initial_reconnect_backoff_ms': 50,", replace: `'grpc.initial_reconnect_backoff_ms': ${LONG_MS},` },
      { file: POLICY, find: "'grpc.max_reconnect_backoff_ms': 250,", replace: `'grpc.max_reconnect_backoff_ms': ${LONG_MS},` },
    ],
    faults: ['PDP crashes'],
    caughtBy: ['L1'],
  },
  {
    name: 'a revocation is answered when the nodes were heard again',
    store: 'sqlite',
    edits: [
      {
        file: REVOCATIONS,
        find: 'countRevocation(deps.metrics, await revoke(withNodes, caller, request.value, decisionId, at))',
        replace: 'countRevocation(deps.metrics, await heard(revoke(withNodes, caller, request.value, decisionId, at)))',
      },
      {
        file: REVOCATIONS,
        append: `async function heard<T>(done: Promise<T>): Promise<T> { const known = await done; await new Promise((resolve) => setTimeout(resolve, ${WAITS_MS})); return known }`,
      },
    ],
    faults: [],
    caughtBy: ['L2'],
    // One may be a machine that stood still; nearly each of them is the mutant.
    times: 20,
  },
]
