// Every error this library can throw, made by servers and credential sources that echo what they were sent, and printed in every way an error is printed.
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createLauncher, spiffeJwt } from '../src/index.ts'
import type { Fetch } from '../src/index.ts'
import { withoutTokens } from '../src/without-tokens.ts'
import { CLIENT, DECISION, fakeBailiwick, ID_TOKEN, ISSUER, json, jws, PAYMENTS, TASK_ID, TASK_TOKEN, thrownBy } from './fake-bailiwick.ts'
import type { Sent } from './fake-bailiwick.ts'

const OPAQUE = 'opaque-token-of-some-provider-0123456789'

function echo(sent: Sent): string {
  return `you sent ${JSON.stringify(sent.body)} with ${[...sent.headers].join(' ')}`
}

function shown(thrown: unknown): string {
  return [inspect(thrown, { depth: 20, showHidden: true }), JSON.stringify(thrown), String(thrown), thrown instanceof Error ? thrown.stack : ''].join('\n')
}

function expectClean(thrown: unknown): void {
  expect(thrown).toBeInstanceOf(Error)
  expect(shown(thrown)).not.toMatch(/eyJ[A-Za-z0-9_-]{10}/)
  expect(shown(thrown)).not.toContain(OPAQUE)
}

const echoes: readonly [string, (sent: Sent) => Response][] = [
  ['a denial', (sent) => json(400, { error: 'invalid_request', error_description: echo(sent), reason: 'subject_invalid', decision_id: DECISION })],
  ['a remediation', (sent) => json(403, { reason: 'policy_denied', decision_id: DECISION, remediation: { type: 'x', text: echo(sent) } })],
  ['an unavailability', (sent) => json(503, { error: 'server_error', detail: echo(sent), reason: 'state_unavailable', decision_id: DECISION })],
  ['an error of another server', (sent) => json(404, { error: echo(sent) })],
  ['no JSON', (sent) => new Response(echo(sent), { status: 200 })],
  ['another task', (sent) => json(200, { task_id: echo(sent), items: [] })],
  [
    'a broken fetch',
    (sent) => {
      throw Object.assign(new TypeError(echo(sent)), { cause: new Error(echo(sent)), config: sent, code: echo(sent) })
    },
  ],
]

describe('an error holds no token when the other side answers with', () => {
  it.each(echoes)('%s', async (_what, script) => {
    const fake = fakeBailiwick()
    const agent = await fake.boot()
    fake.answer('exchange', script)
    fake.answer('control', script)
    fake.answer('resource', script)
    expectClean(await thrownBy(agent.renew('payments')))
    expectClean(await thrownBy(fake.boot({ patienceMs: 1 })))
    const person = { agent: 'refund-agent', resources: ['payments'], subjectToken: OPAQUE, subjectTokenType: 'access_token' } as const
    const launcher = createLauncher({ issuer: ISSUER, client: CLIENT, fetch: fake.fetch, clock: fake.clock })
    expectClean(await thrownBy(launcher.createTask(person)))
    expectClean(await thrownBy(launcher.createTask({ ...person, subjectToken: ID_TOKEN, subjectTokenType: 'id_token' })))
    expectClean(await thrownBy(launcher.readTask(TASK_ID)))
    const second = await fakeBailiwickThen(script)
    expectClean(await thrownBy(second.createChild()))
    expectClean(await thrownBy(second.read()))
  })

  it('a failing call to a resource', async () => {
    const fake = fakeBailiwick()
    const agent = await fake.boot({
      fetch: leaking(fake.fetch),
    })
    expectClean(await thrownBy(agent.fetch(PAYMENTS)))
    expectClean(await thrownBy(agent.fetch(`https://evil.example/?token=${TASK_TOKEN}`)))
    expectClean(await thrownBy(agent.fetch(`https://user:${TASK_TOKEN}@payments.example.com/mcp`)))
    expectClean(await thrownBy(agent.token(TASK_TOKEN)))
  })

  it('a failing credential source', async () => {
    const client = spiffeJwt({ fetchSvid: () => Promise.reject(Object.assign(new Error(`bad ${jws('svid')}`), { svid: jws('svid') })) })
    expectClean(await thrownBy(fakeBailiwick().boot({ client, task: 'own', patienceMs: 1 })))
  })
})

it('prints no token when an agent is printed', async () => {
  const agent = await fakeBailiwick().boot()
  expect(inspect(agent, { depth: 20, getters: true })).not.toMatch(/eyJ/)
  expect(JSON.stringify(agent)).not.toMatch(/eyJ/)
})

it.each([
  [`bearer ${OPAQUE}`, 'bearer [token]'],
  [`cut ${jws('x').slice(0, 30)}`, 'cut [token]'],
  [`${jws('x')}.${jws('y')}`, '[token]'],
  ['https://payments.example.com/mcp answered 404', 'https://payments.example.com/mcp answered 404'],
])('takes tokens and nothing else out of %j', (text, clean) => {
  expect(withoutTokens(text)).toBe(clean)
})

/** An agent whose control calls are answered by the script. */
async function fakeBailiwickThen(script: (sent: Sent) => Response): Promise<{ createChild: () => Promise<unknown>; read: () => Promise<unknown> }> {
  const fake = fakeBailiwick()
  const agent = await fake.boot()
  fake.answer('control', script)
  return { createChild: () => agent.createChild({ resources: ['payments'] }), read: () => agent.readTask() }
}

/** Axios and its like put the request into their errors. */
function leaking(inner: Fetch): Fetch {
  return async (url, init) => {
    if (url.startsWith(ISSUER)) return await inner(url, init)
    throw Object.assign(new Error(`request with ${new Headers(init.headers).get('authorization')} failed`), { config: init, cause: init })
  }
}
