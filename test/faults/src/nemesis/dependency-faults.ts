// What happens to what nodes depend on beside the store: the policy engine, the journal, the disk. The same for every store.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { heldCheck } from '../load/held-checks.ts'
import type { Fault, Stage } from './fault.ts'

const execute = promisify(execFile)
const BOTH = ['sqlite', 'redis'] as const
const PRLIMIT = '/usr/bin/prlimit'

export const DEPENDENCY_FAULTS: readonly Fault[] = [
  {
    name: 'PDP hangs',
    stores: BOTH,
    holds: 'DENY within the deadline',
    inject: (stage) => inMood(stage, 'hanging'),
  },
  {
    name: 'PDP talks nonsense',
    stores: BOTH,
    holds: 'DENY',
    inject: (stage) => inMood(stage, 'talking_nonsense'),
  },
  {
    name: 'PDP crashes',
    stores: BOTH,
    holds: 'DENY within the deadline',
    async inject({ cluster, ms, wait }) {
      cluster.pdp.crash()
      await wait(ms)
      await cluster.pdp.restart()
    },
  },
  {
    name: 'revoked during the policy answer',
    stores: BOTH,
    holds: 'the last check denies',
    inject: (stage) => heldChecks(stage, 'policy'),
  },
  {
    name: 'revoked during the audit write',
    stores: BOTH,
    holds: 'the last check denies',
    inject: (stage) => heldChecks(stage, 'audit'),
  },
  {
    name: 'disk full on one node',
    stores: BOTH,
    holds: 'revoke errors; audit full = no ALLOW',
    missing: () => (existsSync(PRLIMIT) ? undefined : 'no prlimit to limit the size of files with'),
    async inject(stage) {
      const node = stage.someNode()
      const pid = node.pid()
      if (pid === undefined) return
      // Every write beyond the first byte of a file fails, as on a disk without room; what was there stays readable.
      await execute(PRLIMIT, ['--pid', String(pid), '--fsize=1:'])
      try {
        await stage.wait(stage.ms)
      } finally {
        await execute(PRLIMIT, ['--pid', String(pid), '--fsize=unlimited:']).catch(() => undefined)
      }
    },
  },
  {
    name: 'slow commits on one node',
    stores: BOTH,
    holds: 'DENY within the deadline',
    async inject(stage) {
      const node = stage.someNode()
      node.tell({ type: 'slow', ms: 120 })
      await stage.wait(stage.ms)
      node.tell({ type: 'slow', ms: 0 })
    },
  },
]

async function inMood({ cluster, wait, ms }: Stage, mood: 'hanging' | 'talking_nonsense'): Promise<void> {
  cluster.pdp.mood(mood)
  try {
    await wait(ms)
  } finally {
    cluster.pdp.mood('honest')
  }
}

async function heldChecks(stage: Stage, what: 'policy' | 'audit'): Promise<void> {
  const { cluster, supply, revoker, load, random, ms } = stage
  const until = performance.now() + ms
  while (performance.now() < until) {
    const one = (): Promise<void> => heldCheck({ nodes: cluster.nodes, pdp: cluster.pdp, supply, revoker, load, random }, what)
    await Promise.all([one(), one(), one(), one()])
  }
}
