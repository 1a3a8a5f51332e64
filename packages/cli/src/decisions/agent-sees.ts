// The reply of a denied question as the agent reads it: out of an MCP result, a JSON-RPC error or a model API error. Decides nothing.
import type { JsonObject } from '@bailiwick/core'
import { at, facts, listOf, objectAt, parseObject, pick, textAt } from '../http/json.ts'
import { clean } from '../terminal/clean.ts'

/** Lines; the first says in which form it arrives. */
export function agentSees(reply: JsonObject): readonly string[] {
  const status = pick(reply, 'status')
  const text = typeof reply['body'] === 'string' ? reply['body'] : ''
  // A reply over SSE carries the same document in its data line.
  const body = parseObject(text.startsWith('event:') || text.startsWith('data:') ? (/^data: ?(.*)$/m.exec(text)?.[1] ?? '') : text)
  if (body === undefined) return [`HTTP ${status}${text === '' ? ', no body' : ''}`, ...linesOf(text)]
  if (at(body, 'result', 'isError') === true) {
    const said = listOf(body, 'result', 'content').flatMap((part) => (typeof at(part, 'text') === 'string' ? [String(at(part, 'text'))] : []))
    return [`HTTP ${status}, a tool result with isError: the session goes on`, ...said.flatMap(linesOf)]
  }
  if (at(body, 'error') !== undefined) {
    const code = textAt(body, 'error', 'code') ?? textAt(body, 'error', 'type')
    // What a program reads; the sentence above it is for the model.
    const { message: _message, ...data } = objectAt(body, 'error', 'data') ?? {}
    const said = facts(data)
    return [
      `HTTP ${status}, an error${code === undefined ? '' : ` ${code}`}`,
      ...linesOf(pick(body, 'error', 'message')),
      ...(said === undefined ? [] : [`data  ${said}`]),
    ]
  }
  return [`HTTP ${status}`, ...linesOf(JSON.stringify(body))]
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => clean(line))
    .filter((line) => line !== '')
    .slice(0, 20)
}
