// The same bound token at every door: allowed with its proof where the door can see one, `proof_unverifiable` where it cannot. And certificates, where a
// gateway tells of them.
import { X509Certificate, createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Task } from '@bailiwick/core'
import { makeDpopKey } from '@bailiwick/kit/dpop-key'
import type { DpopKey } from '@bailiwick/kit/dpop-key'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import { testGatewaySecret } from '@bailiwick/kit/test-config'
import { McpResponseSchema, extMcpService } from '@bailiwick/wire'
import { NOW_SECONDS } from '../fixtures.ts'
import { askUnary } from './ask-unary.ts'
import type { ClientRequest, Door } from './door.ts'
import { DOORS } from './doors.ts'
import { EDGE_KEY, mcpBody, startService } from './running.ts'
import type { Running } from './running.ts'

const TICKETS = 'https://tickets.example.com/mcp'
const MODELS = 'https://llm.example.com/v1'
const PAYMENTS = 'https://payments.example.com/mcp'
/** They are shown no proof of anything, or pass none on. */
const BLIND: ReadonlySet<string> = new Set(['litellm', 'authzen', 'cerbos'])

let running: Running
let task: Task
let key: DpopKey

beforeAll(async () => {
  key = await makeDpopKey()
  running = await startService({ gateways: [...new Map(DOORS.map(({ gateway }) => [gateway.name, gateway])).values()] })
  task = await running.makeTask({ resources: running.config.gateways[0]?.resources ?? [] })
})
afterAll(() => running.close())

/** What an agent sends that this door's gateway can ask about. */
async function requestFor(door: Door): Promise<{ readonly request: ClientRequest; readonly uri: string }> {
  const json = [['content-type', 'application/json'] as const, ['accept', 'application/json, text/event-stream'] as const]
  if (door.name === 'LiteLLM’s guardrail API') {
    const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [] })
    const uri = `${MODELS}/chat/completions`
    return { uri, request: { resource: 'models', token: await tokenFor(MODELS), method: 'POST', path: '/v1/chat/completions', headers: json, body } }
  }
  // Of a body these are told nothing: a GET has none.
  if (door.sees === 'nothing')
    return {
      uri: TICKETS,
      request: { resource: 'tickets', token: await tokenFor(TICKETS), method: 'GET', path: '/mcp', headers: [['accept', 'text/event-stream']] },
    }
  const [resource, uri] = door.name.includes('before an MCP server') ? ['payments', PAYMENTS] : ['tickets', TICKETS]
  const body = mcpBody('tools/call', { name: 'ticket_read', arguments: {} })
  return { uri, request: { resource, token: await tokenFor(uri), method: 'POST', path: '/mcp', headers: json, body } }
}

const tokenFor = (aud: string): Promise<string> => running.tokenFor(task, { aud, cnf: { jkt: key.jkt } })

const isBlind = (door: Door): boolean => BLIND.has(door.door) || door.name === 'LiteLLM’s Python file'

describe('a door that can see no proof', () => {
  it.each(DOORS.filter(isBlind))('denies a bound token: $name', async (door) => {
    const { request } = await requestFor(door)
    expect(await door.ask(running, request)).toMatchObject({ effect: 'deny', reason: 'proof_unverifiable' })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason: 'proof_unverifiable', door: door.door })
  })
})

describe('a door that can see a proof', () => {
  it.each(DOORS.filter((door) => !isBlind(door)))('allows a bound token with its proof, once, and denies it without: $name', async (door) => {
    const { request, uri } = await requestFor(door)
    const dpop = await key.proof({ htm: request.method, htu: uri, token: request.token, now: NOW_SECONDS })
    expect(await door.ask(running, { ...request, dpop })).toMatchObject({ effect: 'allow' })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'allow', door: door.door, token: { proof: 'dpop' } })
    expect(await door.ask(running, { ...request, dpop })).toMatchObject({ effect: 'deny', reason: 'proof_invalid' })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'deny', reason: 'proof_invalid', detail: 'replayed' })
    const other = await key.proof({ htm: 'DELETE', htu: uri, token: request.token, now: NOW_SECONDS })
    expect(await door.ask(running, { ...request, dpop: other })).toMatchObject({ effect: 'deny', reason: 'proof_invalid' })
    const reason = door.name === '/v1/decide with mcp' ? 'proof_unverifiable' : 'proof_missing'
    expect(await door.ask(running, request)).toMatchObject({ effect: 'deny', reason })
  })
})

describe('a server’s answer at ExtMcp', () => {
  const answered = async (kept: Record<string, string>): Promise<string | undefined> => {
    const response = create(McpResponseSchema, {
      serviceNames: ['tickets'],
      method: 'tools/list',
      metadataContext: { bailiwick: kept },
      mcpResponse: Buffer.from(JSON.stringify({ tools: [{ name: 'ticket_read', inputSchema: { type: 'object' } }] })),
    })
    const { result } = await askUnary(running.address, extMcpService.checkResponse, response, testGatewaySecret('agents'))
    if (result.case !== 'error') return undefined
    const said: { reason?: string } = JSON.parse(Buffer.from(result.value.mcpError ?? []).toString())
    return said.reason
  }

  it('is judged with the proof of its call, which may be minutes old and is not spent again', async () => {
    const token = await tokenFor(TICKETS)
    const dpop = await key.proof({ htu: TICKETS, token, now: NOW_SECONDS - 300 })
    expect(await answered({ token, dpop })).toBeUndefined()
    expect(await answered({ token, dpop })).toBeUndefined()
    expect(await answered({ token, dpop: await key.proof({ htu: TICKETS, token, now: NOW_SECONDS - 601 }) })).toBe('proof_invalid')
    expect(await answered({ token })).toBe('proof_missing')
  })
})

describe('/v1/decide', () => {
  it.each([{ dpop: 1 }, { x5t_s256: 'short' }, { x5t_s256: `${'A'.repeat(42)}=` }, { jkt: 'x' }, 'x', null])(
    'takes no proof of another form (%#)',
    async (proof) => {
      const mcp = { method: 'tools/list', version: '2025-06-18' }
      const { status } = await running.post('/v1/decide', { resource: 'tickets', token: 'x', proof, mcp }, { 'x-bailiwick-gateway-key': EDGE_KEY })
      expect(status).toBe(400)
    },
  )

  it('denies where the header and the member tell of two proofs', async () => {
    const token = await tokenFor(TICKETS)
    const [one, two] = await Promise.all([0, 1].map(() => key.proof({ htu: TICKETS, token, now: NOW_SECONDS })))
    const ask = async (header: string | undefined, member: string | undefined): Promise<unknown> => {
      const headers = [['content-type', 'application/json'], ...(header === undefined ? [] : [['dpop', header]])]
      const http = { method: 'POST', path: '/mcp', headers, body: mcpBody('ping') }
      const question = { resource: 'tickets', token, http, ...(member === undefined ? {} : { proof: { dpop: member } }) }
      return (await running.post('/v1/decide', question, { 'x-bailiwick-gateway-key': EDGE_KEY })).body['reason']
    }
    expect(await ask(one, two)).toBe('proof_invalid')
    expect(await ask(one, one)).toBeUndefined()
  })

  it('takes a certificate’s hash from who asks', async () => {
    const thumbprint = 'A'.repeat(43)
    const token = await running.tokenFor(task, { aud: TICKETS, cnf: { 'x5t#S256': thumbprint } })
    const ask = async (proof?: object): Promise<unknown> => {
      const question = { resource: 'tickets', token, mcp: { method: 'ping', version: '2025-06-18' }, ...(proof === undefined ? {} : { proof }) }
      return (await running.post('/v1/decide', question, { 'x-bailiwick-gateway-key': EDGE_KEY })).body['reason']
    }
    expect(await ask({ x5t_s256: thumbprint })).toBeUndefined()
    expect(await ask({ x5t_s256: 'B'.repeat(43) })).toBe('proof_invalid')
    expect(await ask()).toBe('proof_unverifiable')
  })
})

describe('a certificate-bound token at ext_authz', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-certificates-'))
  const authority = makeTestAuthority(folder)
  const pem = readFileSync(authority.issue('agent', { dns: ['agent.example'] }).cert, 'utf8')
  const otherPem = readFileSync(authority.issue('other', { dns: ['other.example'] }).cert, 'utf8')
  const hashOf = (text: string, as: 'base64url' | 'hex'): string => createHash('sha256').update(new X509Certificate(text).raw).digest(as)
  let mesh: Running
  let token: string
  beforeAll(async () => {
    const behind = { doors: ['ext_authz'], resources: ['payments'], resource_from: 'context_extension', authentication: 'shared_secret' }
    mesh = await startService({
      gateways: [{ ...behind, name: 'behind', secret_files: ['./behind.key'], certificate_header: 'x-forwarded-client-cert' }],
      resources: [{ name: 'payments', proof: 'mtls' }],
    })
    token = await mesh.tokenFor(await mesh.makeTask(), { cnf: { 'x5t#S256': hashOf(pem, 'base64url') } })
  })
  afterAll(async () => {
    await mesh.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const reasonFor = async (shown: { peer?: string; xfcc?: string }, gateway: 'edge' | 'behind'): Promise<unknown> => {
    const http = {
      method: 'POST',
      path: '/mcp',
      headers: {
        'content-type': 'application/json',
        'x-envoy-auth-partial-body': 'false',
        authorization: `Bearer ${token}`,
        ...(shown.xfcc === undefined ? {} : { 'x-forwarded-client-cert': shown.xfcc }),
      },
      rawBody: Buffer.from(mcpBody('tools/call', { name: 'refund_status', arguments: {} })),
    }
    const source = shown.peer === undefined ? {} : { source: { certificate: encodeURIComponent(shown.peer) } }
    const attributes = { contextExtensions: { bailiwick_resource: 'payments' }, request: { http }, ...source }
    const answer = await mesh.check({ key: testGatewaySecret(gateway), attributes })
    const record = mesh.journal.records.findLast(({ decision_id: id }) => id === answer.metadata['decision_id'])
    expect(record?.reason).toBe(answer.metadata['reason'])
    if (answer.kind === 'ok') expect(record?.token?.proof).toBe('mtls')
    else expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': expect.stringMatching(/^Bearer .*error="invalid_token"/) } })
    return answer.metadata['reason']
  }

  it('is allowed with the certificate of the connection, as Envoy tells it', async () => {
    expect(await reasonFor({ peer: pem }, 'edge')).toBeUndefined()
    expect(mesh.decider.questions.at(-1)?.principal.attr['token']).toMatchObject({ proof: 'mtls' })
  })

  it.each<[string, { peer?: string; xfcc?: string }, 'edge' | 'behind', string]>([
    ['with another one', { peer: otherPem }, 'edge', 'proof_invalid'],
    ['with something that is none', { peer: 'x' }, 'edge', 'proof_unverifiable'],
    ['with none', {}, 'edge', 'proof_unverifiable'],
    ['with a header that a client may have written', { xfcc: `Hash=${hashOf(pem, 'hex')}` }, 'edge', 'proof_unverifiable'],
    ['with another one, whatever a client wrote', { peer: otherPem, xfcc: `Hash=${hashOf(pem, 'hex')}` }, 'edge', 'proof_invalid'],
    ['with another one in the gateway’s header', { xfcc: `Hash=${hashOf(otherPem, 'hex')}` }, 'behind', 'proof_invalid'],
    ['with the certificates of two hops in it', { xfcc: `Hash=${hashOf(pem, 'hex')},Hash=${hashOf(pem, 'hex')}` }, 'behind', 'proof_invalid'],
    ['with the certificate of the hop before, where the header is to tell', { peer: pem }, 'behind', 'proof_unverifiable'],
  ])('is denied %s', async (_name, shown, gateway, reason) => {
    expect(await reasonFor(shown, gateway)).toBe(reason)
  })

  it('is allowed with the header of a gateway that writes it itself', async () => {
    expect(await reasonFor({ xfcc: `By=spiffe://a/b;Hash=${hashOf(pem, 'hex')};Subject="CN=agent"` }, 'behind')).toBeUndefined()
  })

  it('cannot be replaced by one that is not bound', async () => {
    const answer = await mesh.check({ token: await mesh.tokenFor(await mesh.makeTask()) })
    expect(answer).toMatchObject({ kind: 'denied', status: 401, metadata: { reason: 'proof_missing' } })
  })
})
