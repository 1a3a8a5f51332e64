// Every documented message of every revision, as it is and with one thing wrong.
import { describe, expect, it } from 'vitest'
import { testResource } from '@bailiwick/kit/test-resource'
import { MCP_REQUEST_METHODS, MCP_VERSIONS, nameSourceOf } from '../../../src/read/mcp/versions.ts'
import { readCall } from '../../../src/read/read-call.ts'
import { denialOf, http } from '../fixtures.ts'
import { GOLDEN_MESSAGES } from './golden-messages.ts'
import type { GoldenMessage } from './golden-messages.ts'

const read = ({ path, headers }: GoldenMessage, body: unknown): ReturnType<typeof readCall> => readCall(testResource('mcp'), http({ path, headers, body }))
const requests = GOLDEN_MESSAGES.filter(({ call }) => call.shape === 'request')
const modern = requests.filter(({ call }) => call.protocolVersion === '2026-07-28')

describe('documented messages', () => {
  it.each(GOLDEN_MESSAGES)('reads $what', (golden) => expect(read(golden, golden.body)).toEqual({ ok: true, call: golden.call }))

  it('are there for every method of every revision', () => {
    const missing = MCP_VERSIONS.flatMap((version) =>
      MCP_REQUEST_METHODS.filter((method) => nameSourceOf('request', method, version) !== undefined)
        .filter((method) => !GOLDEN_MESSAGES.some(({ what }) => what.startsWith(`${method} of ${version}`)))
        .map((method) => `${method} of ${version}`),
    )
    expect(missing).toEqual([])
  })

  it.each(GOLDEN_MESSAGES)('refuses $what in a batch, alone or with another, in every revision', (golden) => {
    for (const body of [[golden.body], [golden.body, golden.body], []])
      expect(denialOf(read(golden, body))).toMatchObject({ reason: 'body_unreadable', detail: 'batch' })
  })

  it.each(GOLDEN_MESSAGES)('refuses $what once a member folds onto one that is read', (golden) => {
    for (const key of ['JSONRPC', 'Method', 'pa_rams', 'Params', 'İd', 'ID', 'reſult'])
      expect(denialOf(read(golden, { ...golden.body, [key]: {} }))).toMatchObject({ reason: 'body_unreadable', problem: 'syntax' })
  })

  it.each(GOLDEN_MESSAGES.filter(({ body }) => body['params'] !== undefined))('refuses $what once a parameter folds onto one that is read', (golden) => {
    for (const key of ['Name', 'URI', 'taskid', 'task_Id', 'Arguments', 'REF', '_Meta', 'protocolversion', 'request_state'])
      expect(denialOf(read(golden, { ...golden.body, params: { ...Object(golden.body['params']), [key]: 'x' } }))).toMatchObject({
        reason: 'body_unreadable',
        detail: 'folded_key',
      })
  })

  it.each(requests)('refuses $what under a method nobody knows, with its id', (golden) => {
    const headers = golden.headers.map(([name, value]) => [name, name === 'mcp-method' ? 'tools/delete' : value] as const)
    const outcome = read({ ...golden, headers }, { ...golden.body, method: 'tools/delete' })
    expect(outcome).toMatchObject({ ok: false, denial: { reason: 'method_unknown' }, unread: { requestId: golden.call.requestId, method: 'tools/delete' } })
  })

  it.each(modern)('refuses $what once a header that must repeat its body is missing or says otherwise', (golden) => {
    for (const name of ['mcp-protocol-version', 'mcp-method', 'mcp-name']) {
      const at = golden.headers.findIndex(([each]) => each === name)
      if (at === -1) continue
      const without = golden.headers.toSpliced(at, 1)
      for (const headers of [without, [...without, [name, name === 'mcp-protocol-version' ? '2025-11-25' : 'other'] as const]])
        expect(denialOf(read({ ...golden, headers }, golden.body))).toMatchObject({ reason: 'header_mismatch' })
      expect(denialOf(read({ ...golden, headers: [...golden.headers, [name, 'other']] }, golden.body))).toMatchObject({ detail: 'header_repeated' })
    }
  })
})

describe('requests without a message', () => {
  const WITH_SESSIONS = MCP_VERSIONS.filter((version) => version < '2026-07-28')
  const ask = (method: 'GET' | 'DELETE', version: string): ReturnType<typeof readCall> =>
    readCall(
      testResource('mcp'),
      http({
        method,
        raw: 'absent',
        headers: [
          ['host', 'x.example'],
          ['mcp-protocol-version', version],
          ['mcp-session-id', 's-1'],
        ],
      }),
    )

  it.each(WITH_SESSIONS)('reads GET and DELETE of %s', (version) => {
    expect(ask('GET', version)).toEqual({ ok: true, call: { kind: 'mcp', shape: 'stream', method: 'GET', protocolVersion: version } })
    expect(ask('DELETE', version)).toEqual({ ok: true, call: { kind: 'mcp', shape: 'session_end', method: 'DELETE', protocolVersion: version } })
  })

  it('refuses both in 2026-07-28, where there are no sessions', () => {
    for (const method of ['GET', 'DELETE'] as const) expect(denialOf(ask(method, '2026-07-28'))).toMatchObject({ reason: 'method_unknown' })
  })

  it('refuses a client response in 2026-07-28, where servers ask inside results', () => {
    const body = { jsonrpc: '2.0', id: 1, result: {} }
    const headers = [
      ['content-type', 'application/json'],
      ['mcp-protocol-version', '2026-07-28'],
    ] as const
    expect(denialOf(readCall(testResource('mcp'), http({ headers, body })))).toMatchObject({ reason: 'body_unreadable', detail: 'client_response' })
  })
})
