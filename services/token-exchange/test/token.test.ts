// What the exchange grants. The numbers are the ported cases of other token services that the design lists.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { tokenSha256 } from '@bailiwick/audit'
import { client, ISSUER, names, openBench, TRIAGE, TYPE, URIS } from './bench.ts'
import type { Answer, Bench } from './bench.ts'

let bench: Bench

beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

function tokenOf(answer: Answer): string {
  const token = answer.body['access_token']
  if (answer.status !== 200 || typeof token !== 'string') throw new Error(`no token: ${JSON.stringify(answer.body)}`)
  return token
}

describe('a task token', () => {
  it('becomes a runtime token of its task for one resource, and nothing else (cases 8, 12, 29)', async () => {
    const task = await bench.createTask()
    const subject = await bench.taskToken(task)
    const answer = await bench.token({ subject_token: subject, scope: 'refund:read' })
    const token = tokenOf(answer)
    expect(answer.body).toEqual({
      access_token: token,
      issued_token_type: `${TYPE}access_token`,
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'refund:read',
      task_id: task.id,
    })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(decodeProtectedHeader(token)).toMatchObject({ typ: 'at+jwt', alg: 'ES256' })
    const claims = decodeJwt(token)
    expect(claims).toEqual({
      iss: ISSUER,
      sub: 'corp:alice',
      sub_id: { format: 'iss_sub', iss: bench.idp.issuer, sub: 'alice' },
      aud: URIS.payments,
      client_id: 'refund-agent',
      jti: claims.jti,
      iat: bench.now(),
      exp: bench.now() + 600,
      scope: 'refund:read',
      act: { sub: 'client:refund-agent', client_id: 'refund-agent', sub_profile: 'ai_agent' },
      task_id: task.id,
      kep: claims['kep'],
    })
    expect(await bench.keys.verifyRuntimeToken(token, bench.now())).toMatchObject({ ok: true })
    const record = bench.journal.records.at(-1)
    expect(record).toMatchObject({
      kind: 'exchange',
      effect: 'allow',
      plane: 'agents',
      door: 'token',
      client_id: 'refund-agent',
      subject: { sub: 'corp:alice', iss: bench.idp.issuer, kind: 'user' },
      actor: { sub: 'client:refund-agent', chain: ['client:refund-agent'] },
      task: { id: task.id, path: [], purpose: 'refund', binding: { ticket_id: 'T-1042' } },
      resource: 'payments',
      token: { sha256: tokenSha256(subject) },
      issued: [{ resource: 'payments', jti: claims.jti, expires_at: claims.exp, scope: 'refund:read' }],
      profile: { roles: ['tier-1-support'], sources: { directory: { outcome: 'fresh', age_ms: 0 } } },
      act: {
        grant: 'task_token',
        requested: { items: [{ resource: URIS.payments, scope: 'refund:read' }] },
        items: [{ resource: 'payments', effect: 'allow' }],
      },
    })
    expect(JSON.stringify(record)).not.toContain('eyJ')
  })

  it('asks the policy about the subject, its agent, its task and the one resource', async () => {
    const task = await bench.createTask()
    await bench.token({ subject_token: await bench.taskToken(task), scope: 'refund:read' })
    const asked = bench.decider.questions.at(-1)
    expect(asked).toMatchObject({
      principal: {
        id: 'corp:alice',
        roles: ['user', 'tier-1-support'],
        attr: {
          kind: 'user',
          actor: { id: 'client:refund-agent', kind: 'agent', chain: ['client:refund-agent'] },
          task: { id: task.id, state: 'active', binding: { ticket_id: 'T-1042' } },
          token: { client_id: 'refund-agent', scope: [], proof: 'none' },
        },
      },
      items: [
        {
          resource: { kind: 'oauth:resource', id: 'payments', attr: { resource: 'payments', scope: ['refund:read'], grant: 'task_token' } },
          actions: ['issue'],
        },
      ],
      annotations: { task_id: task.id },
    })
  })

  it('is told apart by its typ, may name its own task again, and renews as often as the task lives (case 33)', async () => {
    const task = await bench.createTask()
    const subject = await bench.taskToken(task)
    tokenOf(await bench.token({ subject_token: subject, task_id: task.id }))
    tokenOf(await bench.token({ subject_token: subject, requested_token_type: `${TYPE}access_token` }))
  })

  it('gives a token that ends with the task (case 28)', async () => {
    const task = await bench.createTask({ expiresAt: bench.now() + 30 })
    const answer = await bench.token({ subject_token: await bench.taskToken(task) })
    expect(decodeJwt(tokenOf(answer)).exp).toBe(task.expiresAt)
    expect(answer.body['expires_in']).toBe(30)
  })

  it('gives no scope when none is asked, and shows what is left of what was asked (cases 7, 27)', async () => {
    const subject = await bench.taskToken(await bench.createTask())
    const none = await bench.token({ subject_token: subject })
    expect(none.body).not.toHaveProperty('scope')
    expect(decodeJwt(tokenOf(none))).not.toHaveProperty('scope')
    const some = await bench.token({ subject_token: subject, scope: 'refund:admin refund:write' })
    expect(some.body['scope']).toBe('refund:write')
    expect(decodeJwt(tokenOf(some))['scope']).toBe('refund:write')
  })

  it('takes the target as audience too, by name or by URI in another spelling', async () => {
    const subject = await bench.taskToken(await bench.createTask())
    for (const audience of ['payments', 'HTTPS://PAYMENTS.example.com:443/mcp/']) {
      const answer = await bench.token({ subject_token: subject, resource: undefined, audience })
      expect(decodeJwt(tokenOf(answer)).aud).toBe(URIS.payments)
    }
  })

  it('keeps a whole chain of actors (case 12)', async () => {
    const act = {
      sub: 'client:refund-agent',
      client_id: 'refund-agent',
      act: { sub: TRIAGE, client_id: 'triage-agent', act: { sub: 'client:first', client_id: 'first' } },
    }
    const task = await bench.createTask({ act })
    const answer = await bench.token({ subject_token: await bench.taskToken(task) })
    expect(decodeJwt(tokenOf(answer))['act']).toEqual(act)
    expect(bench.journal.records.at(-1)?.actor).toEqual({ sub: 'client:refund-agent', chain: ['client:refund-agent', TRIAGE, 'client:first'] })
  })

  it('of an agent that acts for itself gives a token without actor', async () => {
    const subject = { sub: 'client:refund-agent', iss: ISSUER, kind: 'agent', subId: { format: 'iss_sub', iss: ISSUER, sub: 'refund-agent' } } as const
    const task = await bench.createTask({ subject })
    const answer = await bench.token({ subject_token: await bench.taskToken(task) })
    expect(decodeJwt(tokenOf(answer))).toMatchObject({ sub: 'client:refund-agent', client_id: 'refund-agent' })
    expect(decodeJwt(tokenOf(answer))).not.toHaveProperty('act')
  })

  it('ignores a parameter nobody knows, as RFC 6749 asks', async () => {
    tokenOf(await bench.token({ subject_token: await bench.taskToken(await bench.createTask()), 'x-vendor': '1' }))
  })
})

describe('a runtime token', () => {
  it('is exchanged for another resource of its task, keeping actor and task and never its own end or more scope (cases 28, 29)', async () => {
    const task = await bench.createTask()
    const subject = await bench.runtimeToken(task, { aud: URIS.tickets, exp: bench.now() + 120, scope: ['refund:read'] })
    const answer = await bench.token({ subject_token: subject, subject_token_type: `${TYPE}access_token`, scope: 'refund:read refund:write' })
    expect(decodeJwt(tokenOf(answer))).toMatchObject({
      aud: URIS.payments,
      exp: bench.now() + 120,
      scope: 'refund:read',
      act: task.act,
      task_id: task.id,
      sub: 'corp:alice',
    })
    expect(bench.journal.records.at(-1)).toMatchObject({ act: { grant: 'runtime_token' }, token: { aud: URIS.tickets } })
    expect(bench.decider.questions.at(-1)).toMatchObject({ principal: { attr: { token: { scope: ['refund:read'] } } } })
  })
})

describe('a workload on its own', () => {
  it('starts a task from its template with its SVID as client and subject, and is not its own actor', async () => {
    const subject = await bench.svid()
    const answer = await bench.token({ ...(await bench.svidProof()), subject_token: subject, resource: URIS.tickets })
    const claims = decodeJwt(tokenOf(answer))
    expect(claims).toMatchObject({ sub: TRIAGE, sub_id: { format: 'uri', uri: TRIAGE }, client_id: 'triage-agent', aud: URIS.tickets })
    expect(claims).not.toHaveProperty('act')
    // Never beyond the SVID that was shown.
    expect(claims.exp).toBe(bench.now() + 300)
    const listed = await bench.store.listTasks({ sub: TRIAGE, limit: 10 }, bench.now())
    expect(listed.items).toHaveLength(1)
    expect(listed.items[0]).toMatchObject({
      id: claims['task_id'],
      subject: { sub: TRIAGE, iss: 'example.org', kind: 'workload' },
      agent: { id: TRIAGE, clientId: 'triage-agent' },
      binding: { queue: 'inbox' },
      bindingSource: 'template',
      purpose: 'triage',
      resources: ['models', 'tickets', 'crm'],
      createdBy: TRIAGE,
      createdByClient: 'triage-agent',
      expiresAt: bench.now() + 3600,
    })
    expect(bench.decider.questions.at(-1)?.principal).toMatchObject({ id: TRIAGE, roles: ['workload'], attr: { actor: { id: TRIAGE, kind: 'workload' } } })
    expect(bench.journal.records.at(-1)).toMatchObject({ act: { grant: 'workload', task_created: true }, subject: { sub: TRIAGE } })
  })

  it('renews in that task by naming it, with a cached SVID, also one that has an iss (case 36)', async () => {
    const subject = await bench.svid({ iss: 'https://spire.example.org' })
    const proof = { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe', client_assertion: subject }
    const first = await bench.token({ ...proof, subject_token: subject, resource: URIS.tickets })
    const again = await bench.token({ ...proof, subject_token: subject, resource: URIS.crm, task_id: String(first.body['task_id']) })
    expect(decodeJwt(tokenOf(again))).toMatchObject({ task_id: first.body['task_id'], aud: URIS.crm })
    expect(bench.journal.records.at(-1)?.act).not.toHaveProperty('task_created')
  })

  it('leaves no task behind when the policy refuses its first token', async () => {
    const before = (await bench.store.listTasks({ sub: TRIAGE, limit: 100 }, bench.now())).items.length
    bench.decider.script('deny')
    const answer = await bench.token({ ...(await bench.svidProof()), subject_token: await bench.svid(), resource: URIS.tickets })
    bench.decider.script('allow')
    expect(answer.status).toBe(400)
    expect((await bench.store.listTasks({ sub: TRIAGE, limit: 100 }, bench.now())).items).toHaveLength(before)
  })

  it('may show its SVID as actor token beside a task token, which then ends the token too (case 22)', async () => {
    const act = { sub: TRIAGE, client_id: 'triage-agent' }
    const task = await bench.createTask({ agent: { id: TRIAGE, clientId: client('triage-agent'), declared: false }, act, resources: names('tickets') })
    const actor = await bench.svid({ exp: bench.now() + 60 })
    const answer = await bench.token({
      ...(await bench.svidProof()),
      subject_token: await bench.taskToken(task),
      actor_token: actor,
      actor_token_type: `${TYPE}jwt`,
      resource: URIS.tickets,
    })
    expect(decodeJwt(tokenOf(answer))).toMatchObject({ sub: 'corp:alice', act, exp: bench.now() + 60 })
  })
})

describe("a user's own token", () => {
  const portalTask = () =>
    bench.createTask({ agent: { id: 'client:support-portal', clientId: client('support-portal'), declared: false }, resources: names('payments', 'tickets') })

  it('works with task_id for the client that created the task and is its agent, until its own end', async () => {
    const task = await portalTask()
    for (const [type, subject] of [
      ['id_token', await bench.idp.idToken({ exp: bench.now() + 90 })],
      ['access_token', await bench.idp.accessToken({ exp: bench.now() + 90 })],
    ] as const) {
      const answer = await bench.token({ ...(await bench.proofOf('portal')), subject_token: subject, subject_token_type: `${TYPE}${type}`, task_id: task.id })
      expect(decodeJwt(tokenOf(answer))).toMatchObject({ sub: 'corp:alice', act: { sub: 'client:support-portal' }, exp: bench.now() + 90, task_id: task.id })
    }
  })

  it('limits scope where it is an access token, which has scope, and not where it is an ID token, which has none (case 27)', async () => {
    const task = await portalTask()
    for (const [type, subject] of [
      ['id_token', await bench.idp.idToken()],
      ['access_token', await bench.idp.accessToken({ scope: 'openid refund:read' })],
    ] as const) {
      const asked = { subject_token: subject, subject_token_type: `${TYPE}${type}`, task_id: task.id, scope: 'refund:read' }
      expect(decodeJwt(tokenOf(await bench.token({ ...(await bench.proofOf('portal')), ...asked })))['scope']).toBe('refund:read')
    }
  })

  it('may say in may_act that this client may act, and that is never copied out (case 18)', async () => {
    const task = await portalTask()
    for (const mayAct of [{ iss: ISSUER, sub: 'support-portal' }, { sub: 'client:support-portal' }, { iss: ISSUER, client_id: 'support-portal' }]) {
      const subject = await bench.idp.idToken({ may_act: mayAct })
      const answer = await bench.token({ ...(await bench.proofOf('portal')), subject_token: subject, subject_token_type: `${TYPE}id_token`, task_id: task.id })
      expect(decodeJwt(tokenOf(answer))).not.toHaveProperty('may_act')
    }
  })
})

it('leaves no token in any log line or record', () => {
  expect(bench.lines.join('')).not.toContain('eyJ')
  expect(JSON.stringify(bench.journal.records)).not.toContain('eyJ')
})
