// What agentgateway asks over ExtMcp, as a Question. The method and its params are what the gateway has read and will send on. Nothing is
// judged, and nothing of the checked request says who asks or for which resource.
import type { Channel, Deadline, HeaderList, JsonObject, McpForm, Possession, Question } from '@bailiwick/core'
import { isJsonObject } from '@bailiwick/json'
import { fromStruct } from '@bailiwick/wire'
import type { McpHeader, McpRequest, McpResponse } from '@bailiwick/wire'
import { headersNamed } from '../header-list.ts'
import { OUR_NAMESPACE, keptCredential, keptProof } from '../kept-credential.ts'
import type { ListResult } from './list-result.ts'

const KEY_MEMBER = 'key'
const VERSION_HEADER = 'mcp-protocol-version'

interface Asking {
  readonly channel: Channel
  readonly deadline: Deadline
}

export type RequestQuestion = Question & { readonly call: McpForm }

/** Without the params: they may be large. */
export function toRequestQuestion(request: McpRequest, headers: HeaderList, { channel, deadline }: Asking): RequestQuestion {
  const versions = headersNamed(headers, VERSION_HEADER)
  const [version] = versions
  const call: McpForm = {
    form: 'mcp',
    method: request.method,
    // Twice is no revision.
    ...(version === undefined ? {} : { version: versions.length === 1 ? version : '' }),
  }
  const kept = ourNamespace(request)
  return { channel, resourceHint: hintOf(request), credential: keptCredential(kept, headers), possession: possessionOf(kept, headers), call, deadline }
}

/** The token and its proof come in the gateway's metadata alone: the response phase has no headers. */
export function toResponseQuestion(response: McpResponse, result: ListResult | 'unlisted' | 'unreadable', { channel, deadline }: Asking): Question {
  const names = typeof result === 'string' ? result : result.names
  const kept = ourNamespace(response)
  return {
    channel,
    resourceHint: hintOf(response),
    credential: keptCredential(kept, []),
    possession: possessionOf(kept, []),
    call: { form: 'mcp', method: response.method, result: names },
    deadline,
  }
}

/** What the gateway keeps may be what it also forwards: the same proof twice is one. */
function possessionOf(kept: JsonObject | 'unreadable' | undefined, headers: HeaderList): Possession {
  const sent = headersNamed(headers, 'dpop')
  const held = keptProof(kept)
  return { dpop: held === undefined || (sent.length === 1 && sent[0] === held) ? sent : [...sent, held] }
}

/** The secret a gateway put into its own metadata, where it has no other place for it. */
export function secretsIn(message: McpRequest | McpResponse): readonly string[] {
  const ours = ourNamespace(message)
  const secret = ours === undefined || ours === 'unreadable' ? undefined : ours[KEY_MEMBER]
  return secret === undefined ? [] : [typeof secret === 'string' ? secret : '']
}

export function headersOf(headers: readonly McpHeader[]): HeaderList {
  return headers.filter(({ key }) => !key.startsWith(':')).map(({ key, value }) => [key.toLowerCase(), Buffer.from(value).toString('latin1')])
}

function hintOf({ serviceNames }: McpRequest | McpResponse): Question['resourceHint'] {
  return { from: 'service_name', services: serviceNames }
}

function ourNamespace({ metadataContext }: McpRequest | McpResponse): JsonObject | 'unreadable' | undefined {
  if (metadataContext === undefined) return undefined
  const known = fromStruct(metadataContext)
  if (known === undefined) return 'unreadable'
  const ours = known[OUR_NAMESPACE]
  if (ours === undefined) return undefined
  return isJsonObject(ours) ? ours : 'unreadable'
}
