// Mutants of the store on Redis. Where two of its defences would have to fail, both are taken away: the name says so.
import type { SourceEdit } from '../node/edit-source.ts'
import type { Mutant } from './mutant.ts'

const REDIS = 'packages/task-state/src/redis/'

const NO_FENCE: SourceEdit = {
  file: `${REDIS}lua/library.ts`,
  find: "local function fence() redis.call('DEL', P .. 'fence') end",
  replace: 'local function fence() end',
}
const NO_GATE: SourceEdit = {
  file: `${REDIS}gate.ts`,
  find: 'const missing = await missingControls({ session, head, settings, view })',
  replace: 'const missing: string[] = []\n    void missingControls',
}
const NOTHING_PUT_BACK: SourceEdit = {
  file: `${REDIS}debts.ts`,
  find: 'await reassert({ session, head, view: target, clock }, acts)',
  replace: 'void reassert',
}
const ALWAYS_CONFIRMED: SourceEdit = {
  file: `${REDIS}confirm.ts`,
  find: 'return { confirmed: acked >= needed && settled >= needed,',
  replace: 'return { confirmed: true,',
}
const INCARNATION = "incarnation: `${need('run_id')}.${need('master_replid')}`"

export const REDIS_MUTANTS: readonly Mutant[] = [
  {
    name: 'WAIT count ignored, nothing put back',
    store: 'redis',
    edits: [ALWAYS_CONFIRMED, NOTHING_PUT_BACK],
    faults: ['failover to a replica that is behind'],
    caughtBy: ['V1', 'V2'],
  },
  {
    name: 'no fence, no gate, isolated old primary',
    store: 'redis',
    edits: [NO_FENCE, NO_GATE],
    redis: { acks: 1 },
    faults: ['isolated old primary with one node'],
    caughtBy: ['V1', 'V2'],
  },
  {
    name: 'state read from a replica, going back not noticed',
    store: 'redis',
    edits: [
      NO_FENCE,
      { file: `${REDIS}lua/library.ts`, find: ' or REVISION < tonumber(ARGV[3]) then', replace: ' then' },
      { file: `${REDIS}client-options.ts`, find: "role: 'master',", replace: "role: reads ? 'slave' : 'master'," },
      { file: `${REDIS}server-info.ts`, find: "if (info.role !== 'master') throw", replace: "if (info.role === 'nobody') throw" },
      { file: `${REDIS}server-info.ts`, find: INCARNATION, replace: "incarnation: need('master_replid')" },
      { file: `${REDIS}server-info.ts`, find: 'info.goodReplicas !== undefined && ', replace: '' },
    ],
    redis: { acks: 1 },
    faults: ['replication to one replica is cut'],
    caughtBy: ['V1', 'V2'],
  },
  {
    name: 'new server not noticed, no gate, nothing put back',
    store: 'redis',
    edits: [
      { file: `${REDIS}server-info.ts`, find: INCARNATION, replace: "incarnation: need('run_id') === '' ? '' : 'always the same'" },
      NO_GATE,
      NOTHING_PUT_BACK,
    ],
    faults: ['failover to a replica that is behind'],
    caughtBy: ['V1', 'V2'],
  },
  {
    name: 'RDB alone and kill -9, nothing put back',
    store: 'redis',
    edits: [NOTHING_PUT_BACK],
    redis: { servers: { appendonly: 'no' } },
    faults: ['Redis killed after its last dump'],
    caughtBy: ['V1', 'V2'],
  },
]
