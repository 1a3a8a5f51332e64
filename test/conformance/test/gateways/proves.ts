// What every gateway with an HTTP sub-request must show with the real program: who gets through, what the server behind gets, what the client is told.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Task } from '@bailiwick/core'
import { makeDpopKey } from '@bailiwick/kit/dpop-key'
import { testGatewaySecret } from '@bailiwick/kit/test-config'
import { NOW_SECONDS } from '../../../../services/enrichment/test/fixtures.ts'
import { REFUND, mcpBody, startService } from '../../../../services/enrichment/test/service/running.ts'
import type { Running } from '../../../../services/enrichment/test/service/running.ts'
import { sendRaw } from '../../../../services/enrichment/test/service/send-raw.ts'
import type { RawReply, RawRequest } from '../../../../services/enrichment/test/service/send-raw.ts'
import { freePort } from './run-gateway.ts'
import type { RunningGateway } from './run-gateway.ts'
import { startRecordingServer } from './recording-server.ts'
import type { Reached, RecordingServer } from './recording-server.ts'

export interface Wiring {
  readonly port: number
  /** Of Bailiwick, `127.0.0.1:...`. */
  readonly bailiwick: string
  readonly key: string
  /** Of every server behind. */
  readonly behind: string
}

export interface Proved {
  readonly name: string
  readonly start: (wiring: Wiring) => Promise<RunningGateway>
  /** First path segment and resource that are tried. */
  readonly segment: 'payments' | 'tickets'
  readonly sees: 'everything' | 'nothing'
  /** It stands before this one server: no part of the path says which. */
  readonly alone?: true
  /** The largest body it shows, for what is one byte more. */
  readonly maxBytes?: number
  /** What it answers to one that is larger, where that is not 413. */
  readonly tooLarge?: number
  /** What its own clients get once Bailiwick does not answer. */
  readonly gone: number
}

const SIDECAR = { name: 'sidecar', doors: ['forward_auth'], resource_from: 'path_segment', authentication: 'shared_secret', secret_files: ['./sidecar.key'] }

export function provesTheDoor({ name, start, segment, sees, alone, maxBytes, tooLarge = 413, gone }: Proved): void {
  const under = alone === true ? '' : `/${segment}`
  describe(name, () => {
    let running: Running
    let behind: RecordingServer
    let gateway: RunningGateway | undefined
    let wiring: Wiring
    let task: Task
    let token: string

    beforeAll(async () => {
      running = await startService({
        gateways: [{ ...SIDECAR, resources: ['payments', 'tickets', 'models'] }],
        resources: [{ name: 'tickets', validates_mcp_headers: true }],
      })
      behind = await startRecordingServer()
      wiring = { port: await freePort(), bailiwick: running.address, key: testGatewaySecret('sidecar'), behind: behind.host }
      gateway = await start(wiring)
      task = await running.makeTask()
      token = await tokenFor(task)
    })
    afterAll(async () => {
      await gateway?.close()
      await behind.close()
      await running.close()
    })

    const tokenFor = (of: Task): Promise<string> => running.tokenFor(of, { aud: `https://${segment}.example.com/mcp` })

    /** A refund call, or the same as headers where no body is seen. */
    async function send(
      change: Partial<RawRequest> & { readonly token?: string | undefined; readonly more?: RawRequest['headers'] } = {},
    ): Promise<{ reply: RawReply; reached: readonly Reached[] }> {
      const before = behind.reached.length
      const shown = 'token' in change ? change.token : token
      const reply = await sendRaw(`127.0.0.1:${wiring.port}`, {
        method: 'POST',
        path: `${under}/mcp`,
        headers: [
          ['content-type', 'application/json'],
          ...(sees === 'nothing' ? STATELESS : []),
          ...(shown === undefined ? [] : [['authorization', `Bearer ${shown}`] as const]),
          ...(change.more ?? []),
        ],
        body: sees === 'nothing' ? MCP_BODY : REFUND,
        ...change,
      })
      return { reply, reached: behind.reached.slice(before) }
    }

    it('passes what is allowed, whole, with our words and without the token', async () => {
      const { reply, reached } = await send()
      expect(reply).toMatchObject({ status: 200, body: '{"served":true}' })
      expect(reached).toHaveLength(1)
      expect(reached[0]).toMatchObject({ method: 'POST', path: '/mcp', body: sees === 'nothing' ? MCP_BODY : REFUND })
      expect(ours(reached[0])).toEqual({
        'x-bailiwick-subject': 'corp:alice',
        'x-bailiwick-actor': 'client:refund-agent',
        'x-bailiwick-task': task.id,
        'x-bailiwick-resource': segment,
        'x-bailiwick-decision': running.journal.records.at(-1)?.decision_id,
      })
      expect(namesOf(reached[0])).not.toContain('authorization')
      expect(JSON.stringify(reached)).not.toContain(wiring.key)
    })

    it('puts our words in the place of a client’s own, however it spells them', async () => {
      const spoofed: RawRequest['headers'] = [
        ['X-Bailiwick-Subject', 'corp:bob'],
        ['x-bailiwick-subject', 'corp:bob'],
        ['X-BAILIWICK-ACTOR', 'client:other'],
        ['x-bailiwick-gateway-key', 'guess'],
      ]
      const { reply, reached } = await send({ more: spoofed })
      expect(reply.status).toBe(200)
      expect(JSON.stringify(reached)).not.toMatch(/corp:bob|client:other|guess/)
      expect(ours(reached[0])).toMatchObject({ 'x-bailiwick-subject': 'corp:alice' })
    })

    it('passes no name of ours that is spelled with underscores', async () => {
      const { reply, reached } = await send({ more: [['X_Bailiwick_Subject', 'corp:bob']] })
      expect(JSON.stringify(reached)).not.toContain('corp:bob')
      // Dropped, or refused.
      if (reply.status !== 200) expect({ reached, status: reply.status }).toEqual({ reached: [], status: 400 })
    })

    it('leaves no actor of a client’s where there is none', async () => {
      const own = await running.makeTask({ subject: { ...task.subject, sub: 'client:refund-agent', kind: 'agent' }, act: 'none' })
      const { reply, reached } = await send({ token: await tokenFor(own), more: [['x-bailiwick-actor', 'client:other']] })
      expect(reply.status).toBe(200)
      expect(reached[0]?.headers.filter(([header, value]) => header === 'x-bailiwick-actor' && value !== '')).toEqual([])
    })

    it('tells the client why not', async () => {
      running.decider.script(() => ({ effect: 'deny', outcome: 'limit_exceeded', reason: 'over the cap', rule: 'r#1' }))
      const { reply, reached } = await send()
      running.decider.script('allow')
      expect(reached).toEqual([])
      expect(reply.status).toBe(403)
      expect(JSON.parse(reply.body)).toMatchObject({ error: { code: -32001, message: 'over the cap', data: { reason: 'limit_exceeded' } } })
      expect(Object.fromEntries(reply.headers)).toMatchObject({
        'x-bailiwick-decision': running.journal.records.at(-1)?.decision_id,
        'cache-control': 'no-store',
      })
    })

    it('denies the next call of a task that was revoked', async () => {
      const ended = await running.makeTask()
      const other = await tokenFor(ended)
      expect((await send({ token: other })).reply.status).toBe(200)
      await running.revoke(ended)
      const { reply, reached } = await send({ token: other })
      expect(reached).toEqual([])
      expect(reply.status).toBe(403)
      expect(reply.body).toContain('task_revoked')
    })

    it('asks a client without a token for one', async () => {
      const { reply, reached } = await send({ token: undefined })
      expect(reached).toEqual([])
      expect(reply.status).toBe(401)
      expect(reply.headers.filter(([header]) => header === 'www-authenticate')).toEqual([
        ['www-authenticate', `Bearer resource_metadata="http://127.0.0.1:8420/.well-known/oauth-protected-resource/${segment}"`],
      ])
      expect(reply.body).toContain('token_missing')
    })

    it('takes a token bound to a key with its proof, once, and shows the server neither', async () => {
      const key = await makeDpopKey()
      const aud = `https://${segment}.example.com/mcp`
      const bound = await running.tokenFor(task, { aud, cnf: { jkt: key.jkt } })
      // The URI as the client called it: the host of the resource, the path the gateway received.
      const dpop = await key.proof({ htu: `https://${segment}.example.com${under}/mcp`, token: bound, now: NOW_SECONDS })
      const shown = { token: undefined, more: [['authorization', `DPoP ${bound}`] as const, ['dpop', dpop] as const] }
      const { reply, reached } = await send(shown)
      expect(reply.status).toBe(200)
      expect(namesOf(reached[0])).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(?:dpop|authorization)$/)]))
      for (const [again, reason] of [
        [shown, 'proof_invalid'],
        [{ token: bound }, 'proof_missing'],
      ] as const) {
        const denied = await send(again)
        expect(denied.reached).toEqual([])
        expect(denied.reply.status).toBe(401)
        expect(denied.reply.body).toContain(reason)
        expect(Object.fromEntries(denied.reply.headers)['www-authenticate']).toMatch(/^DPoP .*error="invalid_dpop_proof"/)
      }
    })

    it('takes two tokens for none', async () => {
      const { reply, reached } = await send({ more: [['authorization', 'Bearer other']] })
      expect(reached).toEqual([])
      // Some gateways refuse it themselves.
      expect([400, 401]).toContain(reply.status)
    })

    it('is not told another method or path by the client', async () => {
      const names = ['x-original-method', 'x-forwarded-method', 'x-original-uri', 'x-forwarded-uri', 'x-original-url', 'x-rewrite-url']
      for (const header of names) {
        const { reply, reached } = await send({ more: [[header, header.endsWith('method') ? 'GET' : '/other']] })
        // Refused, or read as the call it is: never as what the header says.
        if (reply.status === 200) expect(running.journal.records.at(-1)).toMatchObject({ action: { kind: 'mcp', method: 'tools/call' } })
        else expect({ reached, status: reply.status }).toEqual({ reached: [], status: reply.status === 400 ? 400 : 403 })
      }
    })

    it('serves no other path than the one that was judged', async () => {
      const spellings = [
        '//mcp',
        '/./mcp',
        '/../payroll/mcp',
        '/%2e%2e/payroll/mcp',
        '/..%2fpayroll/mcp',
        '/mcp%2f..%2fpayroll',
        '/mcp/..;/payroll',
        '/%6dcp',
        '/mcp%00',
        '/\\..\\payroll',
      ]
      // Of the one server anything may be asked, in its own words.
      const normal = alone === true ? /^(?:\/[a-z]+)+$/ : /^\/[a-z]+$/
      for (const spelling of spellings) {
        const { reply, reached } = await send({ path: `${under}${spelling}` })
        // Refused, or brought to its normal form before anybody judged it: what is served has one reading.
        if (reply.status === 200) for (const { path } of reached) expect(path, spelling).toMatch(normal)
        else expect(reached, spelling).toEqual([])
      }
      expect((await send({ path: `/${under}/mcp` })).reached.every(({ path }) => path === '/mcp')).toBe(true)
      expect((await send({ path: `/other/..${under}/mcp` })).reached.every(({ path }) => path === '/mcp')).toBe(true)
    })

    it('opens the event stream of a live task, and of no other', async () => {
      const opened = await send({
        method: 'GET',
        headers: [
          ['accept', 'text/event-stream'],
          ['authorization', `Bearer ${token}`],
        ],
        body: '',
      })
      expect(opened.reply.status).toBe(200)
      const ended = await running.makeTask()
      const other = await tokenFor(ended)
      await running.revoke(ended)
      const { reply, reached } = await send({
        method: 'GET',
        headers: [
          ['accept', 'text/event-stream'],
          ['authorization', `Bearer ${other}`],
        ],
        body: '',
      })
      expect(reached).toEqual([])
      expect(reply.status).toBe(403)
    })

    it('opens no connection over which nobody would judge what is said', async () => {
      const { reply, reached } = await send({
        method: 'GET',
        headers: [
          ['authorization', `Bearer ${token}`],
          ['connection', 'Upgrade'],
          ['upgrade', 'websocket'],
          ['sec-websocket-version', '13'],
          ['sec-websocket-key', 'AAAAAAAAAAAAAAAAAAAAAA=='],
        ],
        body: '',
      })
      // Refused, or an ordinary request to the server.
      expect(reached.filter((each) => namesOf(each).includes('upgrade'))).toEqual([])
      expect(reply.status).not.toBe(101)
    })

    if (sees === 'nothing') {
      it('denies a message that only its body tells', async () => {
        const { reply, reached } = await send({
          headers: [
            ['content-type', 'application/json'],
            ['authorization', `Bearer ${token}`],
          ],
          body: REFUND,
        })
        expect(reached).toEqual([])
        expect([400, 403, 413]).toContain(reply.status)
        expect(reply.body).toContain('body_unreadable')
      })
    } else {
      it('has the whole body judged', async () => {
        const { reply, reached } = await send({ body: REFUND.replace('T-1042', 'T-1043') })
        expect(reached).toEqual([])
        expect(reply.body).toContain('binding_mismatch')
      })

      it('passes no body that is larger than what it shows', async () => {
        const { reply, reached } = await send({
          body: mcpBody('tools/call', { name: 'refund_issue', arguments: { ticket_id: 'T-1042', note: 'x'.repeat(maxBytes ?? 0) } }),
        })
        expect(reached).toEqual([])
        expect(reply.status).toBe(tooLarge)
      })

      it('judges a body that is sent without a length, or refuses it', async () => {
        const chunked = {
          headers: [
            ['content-type', 'application/json'],
            ['transfer-encoding', 'chunked'],
            ['authorization', `Bearer ${token}`],
          ],
        } as const
        const other = await send({ ...chunked, body: REFUND.replace('T-1042', 'T-1043') })
        expect(other.reached).toEqual([])
        const { reply, reached } = await send({ ...chunked, body: REFUND })
        if (reply.status === 200) expect(reached[0]?.body).toBe(REFUND)
        else expect(reached).toEqual([])
      })
    }

    it('passes nothing of another gateway’s resource, and nothing once Bailiwick is gone', async () => {
      if (alone !== true) expect((await send({ path: `/${segment}/../payroll/mcp` })).reached.map(({ path }) => path)).toEqual([])
      await running.close()
      const { reply, reached } = await send()
      expect(reached).toEqual([])
      expect(reply.status).toBe(gone)
    })
  })
}

export const MCP_BODY = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ticket_read","arguments":{}}}'
/** MCP 2026-07-28 repeats in headers what a gateway may need. */
export const STATELESS: RawRequest['headers'] = [
  ['mcp-protocol-version', '2026-07-28'],
  ['mcp-method', 'tools/call'],
  ['mcp-name', 'ticket_read'],
]

function ours(reached: Reached | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((reached?.headers ?? []).filter(([name]) => /^x.bailiwick./.test(name)))
}

function namesOf(reached: Reached | undefined): readonly string[] {
  return (reached?.headers ?? []).map(([name]) => name)
}
