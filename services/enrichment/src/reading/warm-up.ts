// Reads bodies like those to come until their code is compiled: the first large call of a service must not pay for that with its deadline. Of each way in one of
// a plain shape; their answers are thrown away. No I/O.
import { parseResourceName } from '@bailiwick/core'
import type { Resource } from '@bailiwick/core'
import { carryOut } from './carry-out.ts'
import type { ReadingTask } from './reading-task.ts'

/** After so many the time of one no longer falls. */
const ROUNDS = 8
const BODY_BYTES = 160 * 1024
const MAX_BYTES = 2 * BODY_BYTES
const PROSE = 'A line of what somebody wrote, with "quotes"\nand \u2013 beyond ASCII \u2013 more. '

const encoder = new TextEncoder()

export function warmUp(): void {
  const tasks = [...callsLikeThose(), ...documentsLikeThose()]
  for (let round = 0; round < ROUNDS; round++) for (const task of tasks) carryOut(task)
}

/** Exported for the test that shows each of them to be read. */
export function callsLikeThose(): readonly ReadingTask[] {
  const call = (kind: Resource['kind'], path: string, message: unknown): ReadingTask => ({
    kind: 'call',
    resource: resourceOf(kind),
    form: {
      form: 'http',
      method: 'POST',
      path,
      headers: [
        ['content-type', 'application/json'],
        ['mcp-protocol-version', '2025-06-18'],
      ],
      body: bytesOf(message),
    },
  })
  const messages = [{ role: 'user', content: text() }]
  const tool = { name: 'look', description: PROSE, parameters: { type: 'object', properties: { id: { type: 'string' } } } }
  return [
    call('mcp', '/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'look', arguments: ARGUMENTS, _meta: { note: text() } } }),
    call('mcp', '/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'look', arguments: { ...ARGUMENTS, rows: rows() } } }),
    call('llm', '/v1/chat/completions', { model: 'm', stream: true, temperature: 0.2, messages, tools: [{ type: 'function', function: tool }] }),
    call('llm', '/v1/responses', { model: 'm', input: messages, tools: [{ type: 'function', ...tool }] }),
    call('llm', '/v1/messages', { model: 'm', max_tokens: 1024, messages, tools: [{ name: 'look', input_schema: tool.parameters }] }),
  ]
}

export function documentsLikeThose(): readonly ReadingTask[] {
  const [mcp] = callsLikeThose()
  const body = mcp?.kind === 'call' && typeof mcp.form.body !== 'string' ? new TextDecoder().decode(mcp.form.body) : ''
  const document = (kind: 'v1' | 'guardrail' | 'evaluation' | 'params', value: unknown): ReadingTask => ({
    kind: 'document',
    document: kind,
    bytes: bytesOf(value),
    maxBytes: MAX_BYTES,
  })
  return [
    document('v1', { resource: 'r', token: 't', http: { method: 'POST', path: '/mcp', headers: [['content-type', 'application/json']], body } }),
    document('guardrail', { input_type: 'request', model: 'm', texts: [text()], tools: [], request_headers: { 'x-bailiwick-token': 't' } }),
    document('evaluation', {
      subject: { type: 'identity', id: 's' },
      resource: { type: 'tool', id: 'look', properties: { arguments: { ...ARGUMENTS, note: text() } } },
      action: { name: 'tools/call' },
      context: { bailiwick: { resource: 'r', token: 't' } },
    }),
    document('params', { name: 'look', arguments: ARGUMENTS, _meta: { note: text() } }),
  ]
}

const ARGUMENTS = { ticket_id: 'T-1', amount_cents: 4000, ratio: 0.25, notify: true, at: null }

function text(): string {
  return PROSE.repeat(Math.floor(BODY_BYTES / (PROSE.length + 8)))
}

function rows(): readonly object[] {
  return Array.from({ length: BODY_BYTES / 64 }, (_, n) => ({ sku: `SKU-${n}`, quantity: n, price: n / 4, back: n % 2 === 0 }))
}

function bytesOf(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value))
}

function resourceOf(kind: Resource['kind']): Resource {
  const name = parseResourceName('r')
  if (name === undefined) throw new TypeError('no name of a resource')
  return {
    name,
    kind,
    uri: 'https://r.example',
    tokenLifetimeSeconds: 0,
    scopes: [],
    unbound: [],
    mode: 'enforce',
    forwardToken: false,
    validatesMcpHeaders: false,
    maxBodyBytes: MAX_BYTES,
    enrichAttributes: [],
  }
}
