// Mutants of the embedded store, and of what is the same on every store: the walks and the doors.
import type { Mutant } from './mutant.ts'

const SETTLE = 'services/enrichment/src/decide/settle.ts'
const READ_TASK_STATE = 'services/enrichment/src/decide/read-task-state.ts'
const INTROSPECT = 'services/token-exchange/src/introspection/introspect.ts'
const CONNECTION = 'packages/task-state/src/sqlite/connection.ts'
const READ_STANDING = 'packages/task-state/src/sqlite/read-standing.ts'
const RECOVER = 'packages/task-state/src/sqlite/recover.ts'

/** As the walk sees a task the store does not have. */
const AS_IF_ACTIVE = `
function asIfActive(standing: any, claims: any, resource: any): any {
  if (standing.ok || standing.denial.reason !== 'task_unknown') return standing
  const task = { id: claims.taskId, path: [], state: 'active', version: 1, createdRev: claims.kep, subject: { sub: claims.sub, iss: claims.iss, kind: 'user', subId: claims.subId },
    agent: { id: claims.act.sub, clientId: claims.clientId, declared: false }, act: claims.act, binding: {}, bindingSource: 'launcher', resources: [resource.name],
    createdAt: claims.iat, createdBy: claims.sub, expiresAt: claims.exp }
  return { ok: true, value: { task, revision: claims.kep } }
}`

export const SQLITE_MUTANTS: readonly Mutant[] = [
  { name: 'ack before write', store: 'sqlite', badStore: 'writes-later', faults: [], caughtBy: ['V1'] },
  { name: 'unconfirmed reported as confirmed', store: 'sqlite', badStore: 'confirmed-anyway', faults: ['disk full on one node'], caughtBy: ['V1', 'V6'] },
  { name: '2 s in-process cache of reads', store: 'sqlite', badStore: 'cached-reads', faults: [], caughtBy: ['V1'] },
  { name: 'propagation by hints alone', store: 'sqlite', badStore: 'local-hints', faults: [], caughtBy: ['V1', 'V2'] },
  { name: 'revocation forgotten after 1 s', store: 'sqlite', badStore: 'short-memory', faults: [], caughtBy: ['V1', 'V2'] },
  { name: 'open on a store error', store: 'sqlite', badStore: 'open-on-error', faults: ['store file replaced by garbage'], caughtBy: ['V1', 'V2'] },
  {
    name: 'missing task = active',
    store: 'sqlite',
    edits: [
      {
        file: READ_TASK_STATE,
        find: 'const standing = await store.readStanding(standingQuery(claims, resource, nowSeconds))',
        replace: 'const standing = asIfActive(await store.readStanding(standingQuery(claims, resource, nowSeconds)), claims, resource)',
      },
      {
        file: READ_TASK_STATE,
        find: 'return store.readStanding(standingQuery(claims, resource, secondsOf(clock)))',
        replace: 'return asIfActive(await store.readStanding(standingQuery(claims, resource, secondsOf(clock))), claims, resource)',
      },
      { file: READ_TASK_STATE, append: AS_IF_ACTIVE },
    ],
    faults: [],
    caughtBy: ['V4'],
  },
  {
    name: 'decide without the last check',
    store: 'sqlite',
    edits: [
      {
        file: SETTLE,
        find: 'const last = (await spend(deps, facts, lap)) ?? (await lastCheck(deps, facts, progress))',
        replace: 'const last = await spend(deps, facts, lap)',
      },
    ],
    faults: ['revoked during the policy answer'],
    caughtBy: ['V9'],
  },
  {
    name: 'exchange without the last check',
    store: 'sqlite',
    edits: [
      {
        file: 'services/token-exchange/src/exchange/exchange.ts',
        find: 'const live = first.ok ? await recheck(deps, hand, goodOf(items), deadline) : first',
        replace: 'const live = first',
      },
    ],
    faults: ['revoked during the audit write'],
    caughtBy: ['V9'],
  },
  {
    name: 'introspection without the task check',
    store: 'sqlite',
    edits: [
      { file: INTROSPECT, find: '  if (!standing.ok) return await inactive(deps, trail, standing.denial.reason)\n', replace: '' },
      {
        file: INTROSPECT,
        find: "  if (!agrees(standing.value.task, verified.value, resource)) return await inactive(deps, trail, 'token_invalid')\n",
        replace: '',
      },
      { file: INTROSPECT, find: '  if (!live.ok) return await inactive(deps, trail, live.denial.reason)\n', replace: '' },
    ],
    faults: [],
    caughtBy: ['V1'],
  },
  {
    name: 'one door answers from a cache',
    store: 'sqlite',
    edits: [
      {
        file: 'services/enrichment/src/doors/v1/server.ts',
        find: 'toDecideReply(await deps.decide(question))',
        replace: 'toDecideReply(await remembered(question, () => deps.decide(question)))',
      },
      {
        file: 'services/enrichment/src/doors/v1/server.ts',
        append:
          'const allowed = new Map<any, any>()\nasync function remembered(question: any, ask: any): Promise<any> { const known = allowed.get(question.credential.token); if (known) return known; const made = await ask(); if (made.effect === "allow") allowed.set(question.credential.token, made); return made }',
      },
    ],
    faults: [],
    caughtBy: ['V1', 'V2'],
  },
  {
    name: 'ancestors not checked',
    store: 'sqlite',
    edits: [{ file: READ_STANDING, find: "  if (above.revoked) return { reason: 'task_revoked', detail: 'ancestor' }\n", replace: '' }],
    faults: [],
    caughtBy: ['V1'],
  },
  {
    name: 'the nearest scope overrides the strictest',
    store: 'sqlite',
    edits: [
      {
        file: READ_STANDING,
        find: 'WHERE k.task = t.seq AND (k.epoch, k.revision) < (s.epoch, s.revision)\n)`\n',
        replace:
          'WHERE k.task = t.seq AND (k.epoch, k.revision) < (s.epoch, s.revision)\n  AND NOT EXISTS (SELECT 1 FROM task_scope AS n CROSS JOIN scope AS o ON o.kind = n.kind AND o.id = n.id WHERE n.task = t.seq AND (o.epoch, o.revision) < (s.epoch, s.revision) AND n.kind < k.kind)\n)`\n',
      },
    ],
    faults: [],
    caughtBy: ['V1', 'V2'],
  },
  {
    name: 'audit after the reply',
    store: 'sqlite',
    edits: [
      {
        file: SETTLE,
        find: 'receipt = await deps.journal.append(toAuditEntry(deps.config.audit, facts, { effect, denial }))',
        replace: "void deps.journal.append(toAuditEntry(deps.config.audit, facts, { effect, denial })).catch(() => undefined)\n    receipt = { id: 'later' }",
      },
    ],
    faults: ['disk full on one node'],
    caughtBy: ['V5'],
  },
  {
    name: 'restart loads a stale copy',
    store: 'sqlite',
    edits: [
      {
        file: RECOVER,
        find: 'const lost = options.mixed || (mark !== undefined && (mark.storeId !== found.storeId || isOlder(found.revision, mark.revision)))',
        replace: 'const lost = false',
      },
      { file: RECOVER, find: '    for (const act of acts) replay(db, act, nowSeconds(clock))\n', replace: '    void acts\n' },
    ],
    faults: ['restart on a stale copy'],
    caughtBy: ['V1', 'V2'],
  },
  {
    name: 'unlinked store file not noticed',
    store: 'sqlite',
    edits: [
      {
        file: 'packages/sqlite/src/file-identity.ts',
        find: 'if ((stat?.ino ?? 0) !== file.ino || (stat?.dev ?? 0) !== file.dev) throw',
        replace: 'if (Number.isNaN(file.ino)) throw',
      },
      { file: CONNECTION, find: '        assertBase(open, open.db.assertInPlace())\n        return answer', replace: '        return answer' },
      { file: CONNECTION, find: '        assertBase(open, signs)\n        if', replace: '        if' },
    ],
    faults: ['store file unlinked, one node restarted'],
    caughtBy: ['V1', 'V2'],
  },
  {
    name: 'reads inside one open snapshot',
    store: 'sqlite',
    edits: [
      {
        file: CONNECTION,
        find: '        const answer = work(open)\n        assertBase(open, open.db.assertInPlace())',
        replace:
          '        if (performance.now() - begun > 2000) { endSnapshot(open); open.db.exec("BEGIN"); begun = performance.now() }\n        const answer = work(open)\n        assertBase(open, open.db.assertInPlace())',
      },
      {
        file: CONNECTION,
        find: '        const answer = writeStore(open, () => work(open))',
        replace: '        endSnapshot(open)\n        const answer = writeStore(open, () => work(open))',
      },
      { file: CONNECTION, append: 'let begun = 0\nfunction endSnapshot(open: any): void { begun = 0; try { open.db.exec("ROLLBACK") } catch {} }' },
    ],
    faults: [],
    caughtBy: ['V1', 'V6'],
  },
]
