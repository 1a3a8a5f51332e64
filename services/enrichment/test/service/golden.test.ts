import { readFileSync } from 'node:fs'
import { fromJsonString } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CheckRequestSchema } from '@bailiwick/wire'
import type { Task } from '@bailiwick/core'
import { EDGE_KEY, answerOf, startService } from './running.ts'
import type { Answer, Running } from './running.ts'

/** Our schema has the text of a body as the bytes it is on the wire, and those are base64 in JSON. */
function inOurTerms(golden: string): string {
  return JSON.stringify(JSON.parse(golden), (key, value: unknown) =>
    key === 'body' && typeof value === 'string' ? Buffer.from(value).toString('base64') : value,
  )
}

// What each gateway sends for one refund call, as whole CheckRequests in protobuf JSON.
describe.each([
  ['envoy', ['envoy-text', 'envoy-raw', 'envoy-header-map', 'envoy-spiffe'], 'envoy-partial'],
  ['agentgateway', ['agentgateway-text', 'agentgateway-raw', 'agentgateway-stripped-token'], 'agentgateway-partial'],
] as const)('%s', (dialect, whole, partial) => {
  let running: Running
  let task: Task
  let token: string

  beforeAll(async () => {
    running = await startService({ gateways: [{ name: 'edge', dialect }] })
    task = await running.makeTask()
    token = await running.tokenFor(task)
  })
  afterAll(() => running.close())

  const ask = async (name: string): Promise<Answer> => {
    const text = readFileSync(new URL(`../doors/golden/${name}.json`, import.meta.url), 'utf8')
      .replaceAll('{{token}}', token)
      .replaceAll('{{token_base64}}', Buffer.from(`Bearer ${token}`).toString('base64'))
      .replaceAll('{{key}}', EDGE_KEY)
    return answerOf(
      await running.checkRaw(fromJsonString(CheckRequestSchema, inOurTerms(text)), dialect === 'envoy' ? { 'x-bailiwick-gateway-key': EDGE_KEY } : {}),
    )
  }

  it.each(whole)('%s is read as the call it is', async (name) => {
    const answer = await ask(name)
    expect(answer).toMatchObject({ code: 0, kind: 'ok', headers: { 'x-bailiwick-subject': 'corp:alice', 'x-bailiwick-task': task.id } })
    expect(running.decider.questions.at(-1)?.items[0]?.resource).toEqual({
      kind: 'mcp:payments',
      id: 'refund_issue',
      attr: { tool: 'refund_issue', arguments: { ticket_id: 'T-1042', amount_cents: 4000 } },
    })
    // Who the gateway saw at the other end of its own connection is not who the token speaks for.
    expect(running.decider.questions.at(-1)?.principal.attr['actor']).toMatchObject({ id: 'client:refund-agent' })
  })

  it('a body cut short is refused', async () => {
    expect(await ask(partial)).toMatchObject({ code: 7, kind: 'denied', status: 413, metadata: { reason: 'body_unreadable' } })
  })

  it('claims in place of the token are no token', async () => {
    const answer = await ask('agentgateway-claims-only')
    expect(answer).toMatchObject({ code: 7, kind: 'denied', status: 401, metadata: { reason: 'token_missing' } })
  })
})
