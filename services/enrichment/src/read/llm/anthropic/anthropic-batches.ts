// Anthropic message batches: many requests in one body. Policy is asked about one model, so every request of a batch must name
// the same; their tools are listed together. A caller with two models sends two batches, each judged by itself.
import type { JsonObject } from '@bailiwick/core'
import { isJsonArray, isJsonObject } from '@bailiwick/json'
import { ANTHROPIC_MEMBERS, readAnthropic } from './anthropic-messages.ts'
import type { LlmDialectReader, LlmPath, LlmRead } from '../dialect.ts'
import { createFoldCheck } from '../folded-keys.ts'
import { checkMembers, memberRules } from '../member-rules.ts'
import { joinNames } from '../tool-names.ts'
import type { Names } from '../tool-names.ts'

const ENTRY = memberRules({ reads: ['params'], passes: ['custom_id'] })
const PARAMS = memberRules(ANTHROPIC_MEMBERS)

export const anthropicBatches: LlmDialectReader = {
  dialect: 'anthropic_batches',
  paths: ['/v1/messages/batches'],
  body: 'json',
  members: memberRules({ reads: ['requests'], passes: [] }),
  read: ({ requests }: JsonObject, path: LlmPath): LlmRead | string => {
    if (!isJsonArray(requests) || requests.length === 0) return 'requests'
    const declared: Names[] = []
    const isFoldedEntry = createFoldCheck(ENTRY.reserved)
    const isFoldedParams = createFoldCheck(PARAMS.reserved)
    let model: string | undefined
    for (const request of requests) {
      if (!isJsonObject(request) || isFoldedEntry(request)) return 'requests'
      const { params } = request
      if (!isJsonObject(params) || isFoldedParams(params)) return 'requests'
      const call = checkMembers(request, ENTRY) ?? checkMembers(params, PARAMS) ?? readAnthropic(params, path)
      if (typeof call === 'string') return call
      if (model !== undefined && call.model !== model) return 'second_model'
      model = call.model
      if (call.tools.length > 0) declared.push(call.tools)
    }
    const tools = joinNames(declared)
    return typeof tools === 'string' || model === undefined ? 'tool_count' : { operation: 'completion', model, tools, stream: false }
  },
}
