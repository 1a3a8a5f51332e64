// What every real gateway in front of the support desk has to show, on the file of gateways/: what it lets through, what it hands on, what cannot be read in
// two ways, and that nothing passes without an answer. How it says no by itself differs, and is written down by each.
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bootAgent, dpopKey } from '../../../../packages/client/src/index.ts'
import { bootRefundAgent } from '../../../../examples/support-desk/src/agents/boot.ts'
import { operator } from '../../../../examples/support-desk/src/agents/operator.ts'
import { delegateRefund } from '../../../../examples/support-desk/src/agents/portal.ts'
import type { Household } from '../../../../examples/support-desk/src/household/start-household.ts'
import type { GatewayKind, RealGateway } from '../../../../examples/support-desk/src/gateway/front.ts'
import { play } from '../../../../examples/support-desk/src/story/script.ts'
import type { Played } from '../../../../examples/support-desk/src/story/script.ts'
import { stageOf } from '../../../../examples/support-desk/src/story/stage.ts'
import { tellStory } from '../../../../examples/support-desk/src/story/story.ts'
import { openHouse } from './house.ts'
import type { GatewayHouse } from './house.ts'

const MIB = 1024 * 1024
interface Tokens {
  readonly taskId: string
  readonly payments: string
  readonly llm: string
}

async function boot(house: Household): Promise<Tokens> {
  const task = await delegateRefund(house, { person: 'alice', ticket: 'T-1042' })
  const agent = await bootRefundAgent(house, task.taskToken)
  return { taskId: agent.taskId, payments: await agent.token('payments'), llm: await agent.token('models') }
}

interface Reply {
  readonly status: number
  readonly text: string
}

/** Headers as a list: a client that means harm repeats them. */
function send(url: string, headers: readonly string[], body: string | Buffer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers: [...headers, 'content-type', 'application/json'] }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const REFUND = JSON.stringify({
  jsonrpc: '2.0',
  id: 7,
  method: 'tools/call',
  params: { name: 'refund_issue', arguments: { ticket_id: 'T-1042', amount_cents: 4000 } },
})

/** How a gateway says no by itself. */
export interface OwnRefusals {
  /** `x_bailiwick_subject` of the client's own: refused with a status, or let through to be taken off by Bailiwick's answer. */
  readonly underscoreHeader: number | 'taken off'
  /** The header Envoy marks a truncated body with, of the client's own: without effect, or the call is denied. */
  readonly truncatedHeader: 'no effect' | 'denied'
  readonly tooLarge: number
  readonly encodedSlash: number
  /** When Bailiwick does not answer. */
  readonly noAnswer: number
}

export function realGatewayCases(kind: GatewayKind<RealGateway>, own: OwnRefusals): void {
  let scene: GatewayHouse
  beforeAll(async () => {
    scene = await openHouse(kind)
  })
  afterAll(() => scene?.close())

  const refunds = (): number => scene.house.upstreams.payments.calls.get('refund_issue') ?? 0
  const refund = (token: string, more: readonly string[] = [], body: string | Buffer = REFUND): Promise<Reply> =>
    send(
      `${scene.house.gatewayUrl}/payments/mcp`,
      [
        'host',
        'gateway.test',
        'accept',
        'application/json, text/event-stream',
        'mcp-protocol-version',
        '2025-06-18',
        'authorization',
        `Bearer ${token}`,
        'content-length',
        String(Buffer.byteLength(body)),
        ...more,
      ],
      body,
    )

  it('lets an allowed call through as the subject Bailiwick names, whatever the client says it is', async () => {
    const { payments } = await boot(scene.house)
    const before = refunds()
    const reply = await refund(payments, ['x-bailiwick-subject', 'corp:bob', 'x-bailiwick-actor', 'client:root', 'x-bailiwick-extra', 'yes'])
    expect(reply.status).toBe(200)
    expect(reply.text).toContain('R-T-1042-4000')
    expect(refunds()).toBe(before + 1)
    expect(scene.house.upstreams.payments.lastCaller()).toMatchObject({ subject: 'corp:alice', actor: 'client:refund-agent' })
  })

  it('hands on a denial as Bailiwick wrote it: a result the MCP client can read, with status 200', async () => {
    const { payments } = await boot(scene.house)
    const before = refunds()
    const reply = await refund(payments, [], REFUND.replace('4000', '900000'))
    expect(reply.status).toBe(200)
    expect(reply.text).toContain('"isError":true')
    expect(reply.text).toContain('tier-1-support refund cap exceeded')
    expect(refunds()).toBe(before)
  })

  it('takes a token bound to a key with a proof made for the call, once, and shows the server neither', async () => {
    const { issuer, keys, gatewayUrl } = scene.house
    const task = await delegateRefund(scene.house, { person: 'alice', ticket: 'T-1042' })
    const dpop = await dpopKey()
    const agent = await bootAgent({ issuer, client: keys.refundAgent.credential, task: { taskToken: task.taskToken }, dpop })
    const url = `${gatewayUrl}/payments/mcp`
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-06-18' }
    const before = refunds()
    const response = await agent.fetch(`${url}?call=1`, { method: 'POST', headers, body: REFUND })
    expect(await response.text()).toContain('R-T-1042-4000')
    expect(refunds()).toBe(before + 1)

    const token = await agent.token('payments')
    const proof = await dpop.prove({ method: 'POST', url, token, nowSeconds: Math.floor(Date.now() / 1000) })
    const shown = [...Object.entries({ ...headers, host: new URL(url).host }).flat(), 'authorization', `DPoP ${token}`, 'dpop', proof]
    const rest = shown.filter((_, at) => shown[at - (at % 2)] !== 'content-type')
    expect((await send(url, rest, REFUND)).text).toContain('R-T-1042-4000')
    for (const [denied, reason] of [
      [await send(url, rest, REFUND), 'proof_invalid'],
      [await refund(token), 'proof_missing'],
    ] as const) {
      expect(denied.status).toBe(401)
      expect(denied.text).toContain(reason)
    }
    expect(refunds()).toBe(before + 2)
  })

  it('denies the very next call after a revocation', async () => {
    const { payments, taskId } = await boot(scene.house)
    expect((await refund(payments)).text).toContain('R-T-1042-4000')
    const before = refunds()
    const revoked = await operator(scene.house).revoke({ kind: 'task', id: taskId }, 'stop')
    expect(revoked).toMatchObject({ status: 'confirmed' })
    expect((await refund(payments)).text).toContain('task_revoked')
    expect(refunds()).toBe(before)
  })

  it('refuses what could be read in two ways, and none of it reaches the server', async () => {
    const { payments } = await boot(scene.house)
    const before = refunds()
    const zipped = gzipSync(REFUND)
    expect((await refund(payments, ['authorization', `Bearer ${payments}`])).status).toBe(401)
    expect((await refund(payments, ['content-encoding', 'gzip'], zipped)).status).toBe(400)
    expect((await refund(payments, [], `[${REFUND}]`)).status).toBe(400)
    expect((await refund(payments, [], REFUND.replace('{"ticket_id"', '{"ticket_id":"T-2001","ticket_id"'))).status).toBe(400)
    expect((await refund(payments, [], REFUND + ' '.repeat(MIB))).status).toBe(own.tooLarge)
    expect((await send(`${scene.house.gatewayUrl}/payments%2fmcp`, ['host', 'x', 'authorization', `Bearer ${payments}`], REFUND)).status).toBe(own.encodedSlash)
    expect((await send(`${scene.house.gatewayUrl}/nowhere/mcp`, ['host', 'x', 'authorization', `Bearer ${payments}`], REFUND)).status).toBe(404)
    expect(refunds()).toBe(before)
  })

  it('never shows a server a header that could pass for ours', async () => {
    const { llm } = await boot(scene.house)
    const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [] })
    const before = scene.house.model.calls()
    const headers = ['host', 'gateway.test', 'authorization', `Bearer ${llm}`, 'x_bailiwick_subject', 'corp:bob', 'content-length', String(body.length)]
    const reply = await send(`${scene.house.gatewayUrl}/llm/v1/chat/completions`, headers, body)
    const refused = own.underscoreHeader !== 'taken off'
    expect(reply.status).toBe(refused ? own.underscoreHeader : 200)
    expect(scene.house.model.calls()).toBe(refused ? before : before + 1)
    expect(scene.house.model.last()?.headers ?? {}).not.toHaveProperty('x_bailiwick_subject')
  })

  it('cannot be made to pass half a body by a client that sends the header Envoy marks one with', async () => {
    const { payments } = await boot(scene.house)
    const before = refunds()
    const { text } = await refund(payments, ['x-envoy-auth-partial-body', 'true'])
    expect(text).toContain(own.truncatedHeader === 'denied' ? 'body_unreadable' : 'R-T-1042-4000')
    expect(refunds()).toBe(own.truncatedHeader === 'denied' ? before : before + 1)
  })

  it('shows a model request of several MiB whole, and forwards it without the token, under the path that was judged', async () => {
    const { llm } = await boot(scene.house)
    const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'x'.repeat(5 * MIB) }] })
    const reply = await send(
      `${scene.house.gatewayUrl}/llm/v1/chat/completions`,
      ['host', 'gateway.test', 'authorization', `Bearer ${llm}`, 'content-length', String(body.length)],
      body,
    )
    expect(reply.status).toBe(200)
    expect(reply.text).toContain('Refund 40.00')
    const { path, headers } = scene.house.model.last() ?? { path: '', headers: {} }
    expect(path).toBe('/v1/chat/completions')
    expect(headers.authorization).toBeUndefined()
    expect(headers).toMatchObject({ 'x-bailiwick-subject': 'corp:alice', 'x-bailiwick-resource': 'models', 'content-length': String(body.length) })
  })

  it('gets nothing with another key than the gateway’s', async () => {
    const { payments } = await boot(scene.house)
    const before = refunds()
    const stranger = await scene.again('a-key-that-nobody-configured-anywhere')
    try {
      const reply = await send(
        `${stranger.url}/payments/mcp`,
        ['host', 'x', 'authorization', `Bearer ${payments}`, 'content-length', String(REFUND.length)],
        REFUND,
      )
      expect(reply.status).toBe(403)
      expect(reply.text).toContain('gateway_unauthenticated')
    } finally {
      await stranger.close()
    }
    expect(refunds()).toBe(before)
  })

  it('serves the token endpoints under the issuer’s host and nothing else of Bailiwick’s', async () => {
    const { host } = new URL(scene.house.issuer)
    const ask = (path: string, as: string): Promise<Reply> => send(`${scene.gateway.tokensUrl}${path}`, ['host', as, 'content-length', '2'], '{}')
    expect((await ask('/oauth2/token-batch', host)).text).toContain('invalid_request')
    expect((await ask('/oauth2/token-batch', 'elsewhere.test')).status).toBe(421)
    expect((await ask('/v1/revocations', host)).status).toBe(404)
    expect((await ask('/v1/decide', host)).status).toBe(404)
  })

  // Last: it stops the agent for good, and then Bailiwick.
  it('plays the whole story with every verdict and reason, and denies everything once Bailiwick is gone', async () => {
    const { payments } = await boot(scene.house)
    const played: Played[] = []
    for (const act of tellStory(stageOf(scene.house))) for (const step of act.steps) played.push(await play(step))
    expect(played.flatMap(({ step, problem }) => (problem === undefined ? [] : [`${step.what}: ${problem}`]))).toEqual([])
    expect(played.length).toBeGreaterThan(20)
    const before = refunds()
    await scene.house.bailiwick.close()
    expect((await refund(payments)).status).toBe(own.noAnswer)
    expect(refunds()).toBe(before)
  })
}
