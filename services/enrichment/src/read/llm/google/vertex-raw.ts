// Vertex rawPredict and streamRawPredict: the publisher's own format, with the model in the path. A publisher that is not
// listed is refused; so is a body that names another model than the path.
import type { JsonObject } from '@bailiwick/core'
import { ANTHROPIC_MEMBERS, readAnthropic } from '../anthropic/anthropic-messages.ts'
import type { LlmDialectReader, LlmPath, LlmRead } from '../dialect.ts'
import { checkMembers, memberRules } from '../member-rules.ts'
import type { MemberRules } from '../member-rules.ts'
import { openaiChat, readOpenaiChat } from '../openai/openai-chat.ts'

interface Native {
  readonly members: MemberRules
  readonly read: (body: JsonObject, path: LlmPath) => LlmRead | string
}

const ANTHROPIC: Native = { members: memberRules(ANTHROPIC_MEMBERS), read: readAnthropic }
const OPENAI_LIKE: Native = { members: openaiChat.members, read: readOpenaiChat }

const PUBLISHERS: ReadonlyMap<string, Native> = new Map([
  ['anthropic', ANTHROPIC],
  ['ai21', OPENAI_LIKE],
  ['mistralai', OPENAI_LIKE],
])

/** What Anthropic's Vertex clients count tokens with: no model, but a method; the model is in the body. */
const COUNT_TOKENS = 'count-tokens'

export const vertexRaw: LlmDialectReader = {
  dialect: 'vertex_raw',
  paths: ['/publishers/{publisher}/models/{model}:rawPredict', '/publishers/{publisher}/models/{model}:streamRawPredict'],
  body: 'json',
  // Every publisher's members; which of them this one has is checked below.
  members: { ...ANTHROPIC.members, known: new Set([...ANTHROPIC.members.known, ...OPENAI_LIKE.members.known]) },
  read: (body: JsonObject, path: LlmPath): LlmRead | string => {
    const native = PUBLISHERS.get(path.publisher ?? '')
    if (native === undefined) return 'publisher'
    if (path.model?.includes(':') === true) return 'model'
    const call = checkMembers(body, native.members) ?? readNative(native, body, path)
    return typeof call === 'string' ? call : { ...call, stream: call.stream || path.template.endsWith(':streamRawPredict') }
  },
}

function readNative({ read }: Native, body: JsonObject, path: LlmPath): LlmRead | string {
  if (path.publisher === 'anthropic' && path.model === COUNT_TOKENS) return read(body, { template: path.template })
  const { model, ...rest } = body
  // Of `jamba-1.5-large@001` the body repeats the name and leaves out the version.
  const isUnversioned = model !== undefined && model === path.model?.split('@')[0]
  return read(isUnversioned ? rest : body, path)
}
