// Mutants of what is said to people through control and to a gateway about a call, and of when a cut-off is said to have been made.
import type { Mutant } from './mutant.ts'

const CONTROL = 'services/control/src/http/'
const EXT_AUTHZ = 'services/enrichment/src/doors/ext-authz/'

export const SAID_MUTANTS: readonly Mutant[] = [
  {
    name: 'a revoked task is shown as active',
    store: 'sqlite',
    edits: [
      {
        file: `${CONTROL}to-json.ts`,
        find: "state: task.state === 'active' && task.expiresAt <= nowSeconds ? 'expired' : task.state,",
        replace: "state: 'active',",
      },
    ],
    faults: [],
    caughtBy: ['V6'],
  },
  {
    name: 'refused, and revoked all the same',
    store: 'sqlite',
    edits: [
      {
        file: `${CONTROL}revocation-routes.ts`,
        find: 'await revoke(withNodes, caller, request.value, decisionId, at)) : request\n',
        replace:
          "await revoke(withNodes, caller, request.value, decisionId, at)) : (await revoke(withNodes, caller, { scope: (body as any).scope, reason: 'none', hold: false, dryRun: false } as any, decisionId, at), request)\n",
      },
    ],
    faults: [],
    caughtBy: ['F1'],
  },
  {
    name: 'a deny that a gateway takes for leave',
    store: 'sqlite',
    edits: [
      {
        file: `${EXT_AUTHZ}encode.ts`,
        find: 'status: { code: PERMISSION_DENIED, message: denial.reason },',
        replace: 'status: { code: OK, message: denial.reason },',
      },
    ],
    faults: [],
    caughtBy: ['V7'],
  },
  {
    name: 'another body judged than the one that goes on',
    store: 'sqlite',
    edits: [
      {
        file: `${EXT_AUTHZ}decode.ts`,
        find: 'const body = isText ? http.body : http.rawBody',
        replace: 'const shown = isText ? http.body : http.rawBody\n  const body = (firstOf[shown.length] ??= shown)',
      },
      { file: `${EXT_AUTHZ}decode.ts`, append: 'const firstOf: any = {}' },
    ],
    faults: [],
    caughtBy: ['V8'],
  },
  {
    name: 'a cut-off dated by the clock of the node that was asked',
    store: 'sqlite',
    edits: [
      {
        file: 'packages/task-state/src/sqlite/revocation-row.ts',
        find: 'options.cutAtMs ?? readClock(db)',
        replace: 'Math.ceil(Date.now())',
      },
    ],
    faults: ['people cut off by a node whose clock is behind'],
    caughtBy: ['V3'],
  },
]
