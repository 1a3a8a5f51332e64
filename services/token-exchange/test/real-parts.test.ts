// The service with nothing faked but the clock's stand-still: real Cerbos with the shipped policies, real journal, real profile sources,
// and openid-client, which knows nothing of us, as the agent.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import * as oauth from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openJournal, verifyJournalFile } from '@bailiwick/audit'
import type { Journal } from '@bailiwick/audit'
import { testClock } from '@bailiwick/kit/clock'
import { silentLog } from '@bailiwick/kit/silent-log'
import { createCerbosDecider, superviseCerbos } from '@bailiwick/policy'
import type { Decider, SupervisedCerbos } from '@bailiwick/policy'
import { createEnricher } from '@bailiwick/profiles'
import { GRANT, ISSUER, names, openBench, TYPE, URIS } from './bench.ts'
import type { Bench } from './bench.ts'

// openid-client stamps its assertions with the real time.
const startMs = Date.now()
let folder: string
let cerbos: SupervisedCerbos
let decider: Decider
let journal: Journal
let bench: Bench

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiwick-real-'))
  const clock = testClock(startMs)
  cerbos = await superviseCerbos({ directory: fileURLToPath(new URL('../../../policies', import.meta.url)), log: silentLog().log })
  decider = createCerbosDecider({ address: cerbos.address, clock })
  journal = await openJournal({ file: join(folder, 'audit.db'), node: 'node-test', clock, reservedBytes: 1024 })
  bench = await openBench({
    startMs,
    deps: (made) => ({ decider, journal, profiles: createEnricher({ sources: made.config.profiles, clock }) }),
  })
})
afterAll(async () => {
  await bench.close()
  await decider.close()
  await cerbos.close()
  await journal.close()
  await rm(folder, { recursive: true, force: true })
})

function agent(): oauth.Configuration {
  const { privateKey, jwks } = bench.agents.refund
  const kid = String(jwks.keys[0]?.['kid'])
  const server = {
    issuer: ISSUER,
    token_endpoint: `${bench.url}/oauth2/token`,
    introspection_endpoint: `${bench.url}/oauth2/introspect`,
    revocation_endpoint: `${bench.url}/oauth2/revoke`,
  }
  const configuration = new oauth.Configuration(server, 'refund-agent', undefined, oauth.PrivateKeyJwt({ key: privateKey, kid }))
  oauth.allowInsecureRequests(configuration)
  return configuration
}

it('serves a black-box client: exchange, use again, give back', async () => {
  expect(await bench.service.ready()).toEqual([])
  const task = await bench.createTask()
  const subject = await bench.taskToken(task)
  const configuration = agent()
  const parameters = { subject_token: subject, subject_token_type: `${TYPE}jwt`, resource: URIS.payments, scope: 'refund:read' }
  const issued = await oauth.genericGrantRequest(configuration, GRANT, parameters)
  expect(issued).toMatchObject({ token_type: 'bearer', expires_in: 600, scope: 'refund:read' })
  expect(decodeJwt(issued.access_token)).toMatchObject({ sub: 'corp:alice', aud: URIS.payments, task_id: task.id })

  const [record] = await journal.find({ kind: 'exchange', task_id: task.id, limit: 1 })
  expect(record).toMatchObject({ effect: 'allow', issued: [{ jti: decodeJwt(issued.access_token).jti }], profile: { roles: ['tier-1-support'] } })
  expect(record?.policy?.call_id).toMatch(/./)

  await oauth.tokenRevocation(configuration, issued.access_token)
  const again = oauth.genericGrantRequest(configuration, GRANT, {
    ...parameters,
    subject_token: issued.access_token,
    subject_token_type: `${TYPE}access_token`,
    resource: URIS.tickets,
    scope: '',
  })
  await expect(again).rejects.toMatchObject({ error: 'invalid_request', cause: { reason: 'task_revoked' } })
})

it('lets the shipped policy refuse what code would grant, and boots the triage agent', async () => {
  const other = await bench.createTask({
    agent: { id: 'client:other-agent', clientId: bench.agents.other.clientId, declared: false },
    resources: names('tickets'),
  })
  const refused = await bench.token({ ...(await bench.proofOf('other')), subject_token: await bench.taskToken(other), resource: URIS.tickets })
  expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_target', reason: 'policy_denied' } })

  const booted = await bench.batch({ ...(await bench.svidProof()), subject_token: await bench.svid() })
  const { items } = booted.body
  expect(items).toMatchObject([{ resource_name: 'models' }, { resource_name: 'tickets' }, { resource_name: 'crm' }])
})

it('gives nothing while the policy engine is away', async () => {
  const away = createCerbosDecider({ address: 'unix:/nonexistent/cerbos.sock', clock: bench.clock })
  const lonely = await openBench({ startMs, deps: () => ({ decider: away }) })
  const answer = await lonely.token({ subject_token: await lonely.taskToken(await lonely.createTask()) })
  expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
  expect(await lonely.service.ready()).toMatchObject([{ check: 'policy' }])
  await away.close()
  await lonely.close()
})

it('leaves a journal whose chain verifies and that holds no token', async () => {
  const records = await journal.find({ limit: 100 })
  expect(records.length).toBeGreaterThan(3)
  expect(JSON.stringify(records)).not.toContain('eyJ')
  expect(await verifyJournalFile(join(folder, 'audit.db'))).toMatchObject({ ok: true })
})
