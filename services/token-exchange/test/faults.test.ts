// What happens when something the exchange needs is late, broken or lying, or changes its mind: never a token.
import { decodeProtectedHeader } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { Fault, newRevocationId, ok } from '@bailiwick/core'
import type { Task } from '@bailiwick/core'
import type { StandingQuery, TaskStore } from '@bailiwick/task-state'
import { openBench, TRIAGE, TYPE, URIS } from './bench.ts'
import type { Bench, BenchOptions } from './bench.ts'
import { expectRefusal } from './expect-refusal.ts'
import type { Refusal } from './expect-refusal.ts'

const unavailable = (reason: Refusal['reason'], detail?: string): Refusal => ({
  status: 503,
  error: detail === 'internal_error' ? 'server_error' : 'temporarily_unavailable',
  reason,
  ...(detail === undefined ? {} : { detail }),
})

let current: Bench | undefined

async function start(options: BenchOptions = {}): Promise<{ readonly bench: Bench; readonly task: Task; readonly subject: string }> {
  const opened = await openBench(options)
  current = opened
  const task = await opened.createTask()
  return { bench: opened, task, subject: await opened.taskToken(task) }
}

afterEach(async () => {
  await current?.close()
  current = undefined
})

/** A store whose reads of state are intercepted, counted from 1. */
function withReads(store: TaskStore, intercept: (read: number, query: StandingQuery) => Promise<void> | void): TaskStore {
  let reads = 0
  return new Proxy(store, {
    get(target, name) {
      if (name === 'readStanding') {
        return async (query: StandingQuery) => {
          reads += 1
          await intercept(reads, query)
          return await target.readStanding(query)
        }
      }
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

describe('a signing key', () => {
  it('that was compromised takes every token it signed with it', async () => {
    const { bench, task, subject } = await start()
    const runtime = await bench.runtimeToken(task)
    const kid = String(decodeProtectedHeader(subject).kid)
    await bench.store.revoke({
      id: newRevocationId(bench.clock.nowMs()),
      scope: { kind: 'key', id: kid },
      reason: 'x',
      hold: false,
      setBy: 'operator:test',
      atMs: bench.clock.nowMs(),
    })
    expectRefusal(bench, await bench.token({ subject_token: subject }), { error: 'invalid_request', reason: 'cut_off' })
    const exchanged = await bench.token({ subject_token: runtime, subject_token_type: `${TYPE}access_token`, resource: URIS.tickets })
    expectRefusal(bench, exchanged, { error: 'invalid_request', reason: 'cut_off' })
    const introspected = await bench.form('/oauth2/introspect', { ...(await bench.proofOf('server')), token: runtime })
    expect(introspected.body).toEqual({ active: false })
  })
})

describe('a client that proved itself by another method than its own', () => {
  it('is nobody', async () => {
    const { bench, subject } = await start({
      deps: ({ config }) => {
        const [clientId] = [...config.clients.keys()].filter((id) => id === 'refund-agent')
        if (clientId === undefined) throw new Error('no client')
        return { clients: { authenticate: () => Promise.resolve(ok({ clientId, method: 'spiffe_jwt', spiffeId: TRIAGE })) } }
      },
    })
    expectRefusal(bench, await bench.token({ subject_token: subject }), {
      status: 401,
      error: 'invalid_client',
      reason: 'client_unauthenticated',
      counted: true,
    })
  })
})

describe('a permission', () => {
  it('that is withdrawn counts at the next exchange, though the task lives on (case 15)', async () => {
    const { bench, subject } = await start()
    const first = await bench.token({ subject_token: subject })
    bench.decider.script('deny')
    const again = await bench.token({ subject_token: String(first.body['access_token']), subject_token_type: `${TYPE}access_token`, resource: URIS.tickets })
    expectRefusal(bench, again, { error: 'invalid_target', reason: 'policy_denied' })
  })
})

describe('the policy', () => {
  it('that refuses gives its own words to the caller and its rule to the record, and no token', async () => {
    const { bench, subject } = await start()
    bench.decider.script(() => ({
      effect: 'deny',
      reason: 'Only tier 2 may.',
      remediation: { type: 'step_up', approvers_role: 'tier-2-lead' },
      rule: 'resource.oauth_resource.vdefault#cap',
    }))
    const answer = await bench.token({ subject_token: subject })
    const entry = expectRefusal(bench, answer, { error: 'invalid_target', reason: 'policy_denied' })
    expect(answer.body).toMatchObject({ error_description: 'Only tier 2 may.', remediation: { type: 'step_up', approvers_role: 'tier-2-lead' } })
    expect(JSON.stringify(answer.body)).not.toContain('vdefault')
    expect(entry).toMatchObject({ policy_reason: 'Only tier 2 may.', policy: { rule: 'resource.oauth_resource.vdefault#cap', kind: 'oauth:resource' } })
  })

  it.each(['pdp_unreachable', 'pdp_timeout', 'pdp_answer_malformed'])('with the fault %s gives no token', async (code) => {
    const { bench, subject } = await start()
    bench.decider.script(() => {
      throw new Fault('policy', code, 'x')
    })
    const answer = await bench.token({ subject_token: subject })
    expectRefusal(bench, answer, unavailable('policy_unavailable', code))
    expect(answer.headers.get('retry-after')).toBe('1')
  })

  it('that answers more than it was asked gives no token', async () => {
    const { bench, subject } = await start({
      deps: ({ decider }) => ({
        decider: {
          ...decider,
          decide: async (question) => {
            const answers = await decider.decide(question)
            return [...answers, ...answers]
          },
        },
      }),
    })
    expectRefusal(bench, await bench.token({ subject_token: subject }), unavailable('policy_unavailable', 'pdp_answer_malformed'))
  })

  it('that answers less than it was asked gives no token to anybody', async () => {
    const { bench, subject } = await start({
      deps: ({ decider }) => ({ decider: { ...decider, decide: async (question) => (await decider.decide(question)).slice(1) } }),
    })
    expectRefusal(bench, await bench.token({ subject_token: subject }), unavailable('policy_unavailable', 'pdp_answer_malformed'))
    const batch = await bench.batch({ subject_token: subject })
    expectRefusal(bench, batch, unavailable('policy_unavailable', 'pdp_answer_malformed'))
  })
})

describe('the profile', () => {
  it('of a subject nobody knows, or that cannot be read, gives no token', async () => {
    const { bench, subject } = await start()
    bench.profiles.refuse('corp:alice', { reason: 'profile_not_found' })
    expectRefusal(bench, await bench.token({ subject_token: subject }), { error: 'invalid_request', reason: 'profile_not_found' })
    bench.profiles.refuse('corp:alice', { reason: 'profile_unavailable', detail: 'timeout' })
    expectRefusal(bench, await bench.token({ subject_token: subject }), unavailable('profile_unavailable', 'timeout'))
    bench.profiles.fail('source_unreachable')
    expectRefusal(bench, await bench.token({ subject_token: subject }), unavailable('profile_unavailable', 'source_unreachable'))
  })

  it('of a disabled account ends everything of that user, on every door, and holds (case 30)', async () => {
    const { bench, task, subject } = await start()
    const other = await bench.createTask()
    bench.profiles.refuse('corp:alice', { reason: 'account_disabled' })
    const entry = expectRefusal(bench, await bench.token({ subject_token: subject }), { error: 'invalid_request', reason: 'account_disabled' })
    expect(entry).toMatchObject({ act: { revocation: { scope: { kind: 'user', id: 'corp:alice' }, hold: true, status: 'confirmed' } } })
    bench.profiles.set('corp:alice', {})
    expectRefusal(bench, await bench.token({ subject_token: await bench.taskToken(other) }), { error: 'invalid_request', reason: 'cut_off' })
    expect(await bench.store.readStanding({ taskId: task.id, newWork: false, nowSeconds: bench.now() })).toMatchObject({ ok: false })
  })
})

describe('the cut-off of a disabled account', () => {
  it('that cannot be written leaves the deny as it is, and the record says so', async () => {
    const { bench, subject } = await start()
    bench.profiles.refuse('corp:alice', { reason: 'account_disabled' })
    const revoke = bench.store.revoke.bind(bench.store)
    bench.store.revoke = () => Promise.reject(new Fault('state', 'store_timeout', 'x'))
    const entry = expectRefusal(bench, await bench.token({ subject_token: subject }), { error: 'invalid_request', reason: 'account_disabled' })
    expect(entry).toMatchObject({ act: { revocation: { status: 'unknown' } } })
    bench.store.revoke = revoke
  })
})

describe('the store', () => {
  // Load, sign, last check: the three reads of one exchange.
  it.each([1, 2, 3])('that fails at read %i of the task gives no token (case 25)', async (failing) => {
    const { bench, subject } = await start({
      deps: ({ store }) => ({
        store: withReads(store, (read) => {
          if (read === failing) throw new Fault('state', 'store_timeout', 'x')
        }),
      }),
    })
    const entry = expectRefusal(bench, await bench.token({ subject_token: subject }), unavailable('state_unavailable', 'store_timeout'))
    // Only after the last read there was an allow to take back.
    expect(entry.supersedes !== undefined).toBe(failing === 3)
    expect((await bench.token({ subject_token: subject })).status).toBe(200)
  })

  it.each([1, 2, 3])('where the task is revoked just before read %i gives no token (case 20)', async (at) => {
    let act: (() => Promise<void>) | undefined
    const { bench, task, subject } = await start({
      deps: ({ store }) => ({ store: withReads(store, async (read) => (read === at ? await act?.() : undefined)) }),
    })
    act = () => bench.revokeTask(task)
    expectRefusal(bench, await bench.token({ subject_token: subject }), { error: 'invalid_request', reason: 'task_revoked' })
  })

  it('is asked as for new work each time, with every fact of the subject token, and for the resource once that is known', async () => {
    const queries: StandingQuery[] = []
    const { bench, task } = await start({
      deps: ({ store }) => ({
        store: withReads(store, (_, query) => {
          queries.push(query)
        }),
      }),
    })
    const jti = 'j'.repeat(22)
    const subject = await bench.taskToken(task, { jti })
    expect((await bench.token({ subject_token: subject })).status).toBe(200)
    const facts = { taskId: task.id, jti, kid: decodeProtectedHeader(subject).kid, kep: task.createdRev, newWork: true, nowSeconds: bench.now() }
    expect(queries).toEqual([facts, { ...facts, resource: 'payments' }, { ...facts, resource: 'payments' }])
  })

  it('that is behind the token has lost acts, and gives no token', async () => {
    const { bench, task } = await start()
    const ahead = await bench.taskToken(task, { kep: { epoch: task.createdRev.epoch, revision: task.createdRev.revision + 1000 } })
    expectRefusal(bench, await bench.token({ subject_token: ahead }), unavailable('state_unavailable', 'revision_behind'))
  })

  it('that cannot spend an assertion gives no token, and the stranger is only counted', async () => {
    const { bench, subject } = await start()
    const consumeOnce = bench.store.consumeOnce.bind(bench.store)
    bench.store.consumeOnce = () => Promise.reject(new Fault('state', 'store_timeout', 'x'))
    expectRefusal(bench, await bench.token({ subject_token: subject }), { ...unavailable('state_unavailable', 'store_timeout'), counted: true })
    bench.store.consumeOnce = consumeOnce
  })
})

describe('the journal', () => {
  it('that cannot be written gives no token', async () => {
    const { bench, subject } = await start()
    bench.journal.fail('journal_full', (entry) => entry.effect === 'allow')
    expectRefusal(bench, await bench.token({ subject_token: subject }), unavailable('audit_unavailable', 'journal_full'))
    bench.journal.heal()
    bench.journal.fail('journal_unwritable')
    const answer = await bench.token({ subject_token: subject })
    expect(answer).toMatchObject({ status: 503, body: { reason: 'audit_unavailable' } })
    expect(bench.lines.join('')).toContain('journal_unwritable')
  })

  it('that is slow while the task is revoked: no token, and a deny that supersedes the allow', async () => {
    const { bench, task, subject } = await start()
    const held = bench.journal.hold((entry) => entry.effect === 'allow')
    const answering = bench.token({ subject_token: subject })
    await held.waiting()
    await bench.revokeTask(task)
    held.release()
    const answer = await answering
    expectRefusal(bench, answer, { error: 'invalid_request', reason: 'task_revoked' })
    const records = await bench.journal.decision(String(answer.body['decision_id']))
    expect(records.map(({ effect }) => effect)).toEqual(['allow', 'deny'])
    expect(records[1]?.supersedes).toBe(records[0]?.id)
    expect(records[1]?.act).toMatchObject({ withheld: [records[0]?.issued?.[0]?.jti] })
  })

  it('that is slow while the resource, the agent or the user is cut off: no token', async () => {
    const { bench } = await start()
    for (const [kind, id] of [
      ['resource', 'payments'],
      ['agent', 'client:refund-agent'],
      ['user', 'corp:alice'],
    ] as const) {
      const subject = await bench.taskToken(await bench.createTask({ authenticatedAt: bench.now() + 1 }))
      const held = bench.journal.hold((entry) => entry.effect === 'allow')
      const answering = bench.token({ subject_token: subject })
      await held.waiting()
      await bench.store.revoke({
        id: newRevocationId(bench.clock.nowMs()),
        scope: { kind, id },
        reason: 'x',
        hold: false,
        setBy: 'operator:test',
        atMs: bench.clock.nowMs(),
      })
      held.release()
      expectRefusal(bench, await answering, { error: 'invalid_request', reason: 'cut_off' })
      bench.clock.advance(10_000)
    }
  })

  it('whose superseding deny cannot be written changes nothing for the caller', async () => {
    const { bench, task, subject } = await start()
    const held = bench.journal.hold((entry) => entry.effect === 'allow')
    const answering = bench.token({ subject_token: subject })
    await held.waiting()
    await bench.revokeTask(task)
    bench.journal.fail('journal_full', (entry) => entry.effect === 'deny')
    held.release()
    expect(await answering).toMatchObject({ status: 400, body: { reason: 'task_revoked' } })
  })
})

describe('the deadline', () => {
  it('that passes while the record is written withholds the token', async () => {
    const { bench, subject } = await start()
    const held = bench.journal.hold((entry) => entry.effect === 'allow')
    const answering = bench.token({ subject_token: subject })
    await held.waiting()
    bench.clock.advance(bench.config.limits.exchangeMs)
    held.release()
    const answer = await answering
    expectRefusal(bench, answer, unavailable('deadline_exceeded', 'after_last_check'))
    expect((await bench.journal.decision(String(answer.body['decision_id']))).map(({ effect }) => effect)).toEqual(['allow', 'deny'])
  })

  it('that passes before signing begins nothing durable', async () => {
    const { bench } = await start()
    bench.decider.script(() => {
      bench.clock.advance(bench.config.limits.exchangeMs)
      return 'allow'
    })
    const answer = await bench.token({ ...(await bench.svidProof()), subject_token: await bench.svid(), resource: URIS.tickets })
    expectRefusal(bench, answer, unavailable('deadline_exceeded', 'before_signing'))
    expect((await bench.store.listTasks({ sub: TRIAGE, limit: 10 }, bench.now())).items).toEqual([])
  })

  it('answers for a dependency that never does, and what it says later gives no token', async () => {
    const { bench, subject } = await start({ deps: ({ config }) => ({ config: { ...config, limits: { ...config.limits, exchangeMs: 60 } } }) })
    const release = bench.profiles.hold()
    const answer = await bench.token({ subject_token: subject })
    expect(answer).toMatchObject({ status: 503, body: { reason: 'deadline_exceeded' } })
    bench.clock.advance(60)
    release()
    await expect
      .poll(() => bench.journal.records.at(-1))
      .toMatchObject({ decision_id: answer.body['decision_id'], effect: 'deny', reason: 'deadline_exceeded' })
  })
})

describe('a revocation or an introspection that takes too long', () => {
  it('is answered with 503 in time, never with a yes', async () => {
    const { bench, task } = await start({ deps: ({ config }) => ({ config: { ...config, limits: { ...config.limits, exchangeMs: 60 } } }) })
    const token = await bench.runtimeToken(task)
    const held = bench.journal.hold((entry) => entry.effect === 'allow')
    for (const [path, who] of [
      ['/oauth2/introspect', 'server'],
      ['/oauth2/revoke', 'refund'],
    ] as const) {
      const answer = await bench.form(path, { ...(await bench.proofOf(who)), token })
      expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable', reason: 'deadline_exceeded' } })
    }
    held.release()
  })
})

describe('the clock', () => {
  it('that steps past the end of what was granted gives no token', async () => {
    const { bench, subject } = await start()
    bench.decider.script(() => {
      bench.clock.stepWall(600_000)
      return 'allow'
    })
    expectRefusal(bench, await bench.token({ subject_token: subject }), { error: 'invalid_request', reason: 'token_expired', detail: 'no_lifetime_left' })
  })

  it('ends a task made from a template at the cap of all tasks', async () => {
    const { bench } = await start({ deps: ({ config }) => ({ config: { ...config, limits: { ...config.limits, taskLifetimeSeconds: 60 } } }) })
    const answer = await bench.token({ ...(await bench.svidProof()), subject_token: await bench.svid(), resource: URIS.tickets })
    expect(answer.body['expires_in']).toBe(60)
  })
})

describe('our own mistake', () => {
  it('is a deny without a word about it', async () => {
    const { bench, subject } = await start()
    bench.decider.script(() => {
      throw new TypeError('cannot read properties of eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln')
    })
    const answer = await bench.token({ subject_token: subject })
    expectRefusal(bench, answer, unavailable('state_unavailable', 'internal_error'))
    expect(JSON.stringify(answer.body)).not.toContain('properties')
    expect(bench.lines.join('')).toContain('internal error')
    expect(bench.lines.join('')).not.toContain('eyJhbGciOiJFUzI1NiJ9')
  })
})

describe('the issuer of the user', () => {
  it('that cannot be reached gives no token', async () => {
    const { bench } = await start()
    const task = await bench.createTask({ agent: { id: 'client:support-portal', clientId: bench.agents.portal.clientId, declared: false } })
    const subject = await bench.idp.idToken()
    await bench.idp.stop()
    const answer = await bench.token({ ...(await bench.proofOf('portal')), subject_token: subject, subject_token_type: `${TYPE}id_token`, task_id: task.id })
    expectRefusal(bench, answer, unavailable('keys_unavailable'))
  })
})
