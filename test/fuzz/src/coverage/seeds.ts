// What an exploration starts from beside its corpus: every documented request, forms and requests without a body included.
import { AUDIO, BOUNDARY, formText } from '../../../../services/enrichment/test/read/llm/asking.ts'
import { SEEDS } from '../differential/make-requests.ts'
import type { Request } from '../differential/request.ts'
import { write } from '../differential/tree.ts'

const PLAIN = { space: () => '', comma: () => ',', last: () => '' }
const SESSION: Request['headers'] = [
  ['mcp-protocol-version', '2025-11-25'],
  ['mcp-session-id', 's-1'],
]

export function documentedRequests(): readonly Request[] {
  const documented = SEEDS.map(({ kind, path, headers, tree }): Request => ({ kind, method: 'POST', path, headers, body: Buffer.from(write(tree, PLAIN)) }))
  const empty = ['GET', 'DELETE'].map((method): Request => ({ kind: 'mcp', method, path: '/mcp', headers: SESSION, body: Buffer.alloc(0) }))
  return [...documented, ...empty, ...FORMS]
}

const FORMS: readonly Request[] = ['/v1/audio/transcriptions', '/v1/images/edits'].map((path) => ({
  kind: 'llm',
  method: 'POST',
  path,
  headers: [['content-type', `multipart/form-data; boundary=${BOUNDARY}`]],
  body: Buffer.from(formText([AUDIO, { name: 'model', value: 'whisper-1' }])),
}))
