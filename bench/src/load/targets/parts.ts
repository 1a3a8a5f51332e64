// Two parts of a decision by themselves, on real files in a folder of their own, inside the generator's process.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJournal } from '@bailiwick/audit'
import type { AuditEntry } from '@bailiwick/audit'
import { newDecisionId, newTaskId, nowSeconds, parseClientId, parseResourceName, systemClock } from '@bailiwick/core'
import type { TaskId } from '@bailiwick/core'
import { openSqliteTaskStore } from '@bailiwick/task-state'
import { TICKET } from '../../house/mcp-call.ts'
import type { Target } from '../target.ts'

const TASKS = 1_000
const LIFETIME_SECONDS = 3_600

/** `readStanding` of one of a thousand tasks, as each decision does twice. */
export async function taskReadTarget(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'bailiwick-bench-'))
  const journal = await openJournal({ file: join(folder, 'audit.db'), node: 'bench', clock: systemClock })
  const store = await openSqliteTaskStore({ file: join(folder, 'bailiwick.db'), ledger: journal.ledger, clock: systemClock })
  const clientId = parseClientId('refund-agent')
  const resource = parseResourceName('payments')
  if (clientId === undefined || resource === undefined) throw new TypeError('the names of this row are not names')
  const at = nowSeconds(systemClock)
  const created = await Promise.all(
    Array.from({ length: TASKS }, () =>
      store.createTask(
        {
          id: newTaskId(systemClock.nowMs()),
          subject: {
            sub: 'corp:alice',
            iss: 'https://idp.example.com',
            kind: 'user',
            subId: { format: 'iss_sub', iss: 'https://idp.example.com', sub: 'alice' },
          },
          agent: { id: 'client:refund-agent', clientId, declared: false },
          act: { sub: 'client:refund-agent', client_id: 'refund-agent' },
          binding: { ticket_id: TICKET },
          bindingSource: 'launcher',
          purpose: 'refund',
          resources: [resource],
          createdAt: at,
          createdBy: 'client:support-portal',
          expiresAt: at + LIFETIME_SECONDS,
        },
        at,
      ),
    ),
  )
  const ids = created.flatMap((made): readonly TaskId[] => (made.ok ? [made.value.task.id] : []))
  return {
    operation: (n, done) => {
      const taskId = ids[n % ids.length]
      if (taskId === undefined) return done('no task')
      store.readStanding({ taskId, resource, kid: 'kid', jti: 'jti', newWork: false, nowSeconds: nowSeconds(systemClock) }).then(
        (standing) => done(standing.ok ? undefined : standing.denial.reason),
        () => done('fault'),
      )
    },
    close: async () => {
      await store.close()
      await journal.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** One durable record of an allow. */
export async function journalTarget(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'bailiwick-bench-'))
  const journal = await openJournal({ file: join(folder, 'audit.db'), node: 'bench', clock: systemClock })
  return {
    operation: (_n, done) => {
      journal.append(allowEntry()).then(
        () => done(undefined),
        () => done('fault'),
      )
    },
    close: async () => {
      await journal.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function allowEntry(): AuditEntry {
  return {
    kind: 'decision',
    decision_id: newDecisionId(systemClock.nowMs()),
    effect: 'allow',
    plane: 'gateways',
    door: 'ext_authz',
    gateway: { name: 'edge', peer: '127.0.0.1', request_id: '5b1f0c1e-2f1a-4f60-8c35-000000000001' },
    action: {
      kind: 'mcp',
      method: 'tools/call',
      name: 'refund_issue',
      args_digest: 'VLZ7sYeZk3v9QmT7xLw2RbN8sYpC5uHdJ4fZk3v9QmT',
      args_masked: { ticket_id: TICKET, amount_cents: 4_000, reason: 'string(1800)' },
    },
    client_id: 'refund-agent',
    subject: { sub: 'corp:alice', iss: 'https://idp.example.com', kind: 'user' },
    actor: { sub: 'client:refund-agent', chain: ['client:refund-agent'] },
    task: { id: 'task_0198f2b1-7c31-7a4e-9b0e-5b1f0c1e2f1a', path: [], binding: { ticket_id: TICKET }, purpose: 'refund' },
    resource: 'payments',
    token: { jti: 'q8PcZ0d3S1uJmWl5cJtXlQ', aud: 'https://payments.example.com/mcp', kid: 'kid', expires_at: 4_102_444_800, sha256: 'x' },
    profile: { sources: { directory: { outcome: 'cached', age_ms: 12 } }, attributes: { refund_limit_cents: 5_000 }, roles: ['tier-1-support'] },
    policy: { call_id: '01JD', kind: 'mcp:payments', id: 'refund_issue', actions: ['tools/list/refund_issue', 'tools/call/refund_issue'] },
    state: { revision: { epoch: 1, revision: 12 } },
    timing_us: { token: 20, read: 40, state: 60, profile: 10, policy: 700 },
  }
}
