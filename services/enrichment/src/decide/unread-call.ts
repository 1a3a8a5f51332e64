// What a call looks like before it is read: only what the HTTP method or the caller's own words tell. Nothing here is believed.
import type { CallForm, McpShape, ResourceKind, UnreadCall } from '@bailiwick/core'

export function unreadCall(form: CallForm, resourceKind?: ResourceKind): UnreadCall {
  const shape = resourceKind === 'mcp' && form.form === 'http' ? SHAPES.get(form.method) : undefined
  const method = methodOf(form)
  return {
    kind: 'unread',
    ...(resourceKind === undefined ? {} : { resourceKind }),
    ...(method === '' ? {} : { method: method.slice(0, MAX_METHOD_LENGTH) }),
    ...(form.form === 'mcp' && form.version !== undefined ? { protocolVersion: form.version } : {}),
    ...(shape === undefined ? {} : { shape }),
  }
}

const MAX_METHOD_LENGTH = 128
const SHAPES: ReadonlyMap<string, McpShape> = new Map([
  ['GET', 'stream'],
  ['DELETE', 'session_end'],
])

function methodOf(form: CallForm): string {
  switch (form.form) {
    case 'http':
    case 'mcp':
      return form.method
    case 'kind':
    case 'coaz':
      return form.action
    case 'llm':
    case 'undecoded':
      return ''
  }
}
