// Gemini's generateContent, streamGenerateContent and countTokens, at Google AI and at Vertex. The model is in the path; a body
// that repeats it must repeat it. Bodies are proto JSON: `generation_config` is `generationConfig`. Cached content may hold
// instructions and tools, and is refused.
import type { JsonObject } from '@bailiwick/core'
import { isJsonObject } from '@bailiwick/json'
import type { LlmDialectReader, LlmPath, LlmRead } from '../dialect.ts'
import { camelCased } from './camel-cased.ts'
import { geminiTool } from './gemini-tools.ts'
import { checkMembers, protoMemberRules } from '../member-rules.ts'
import { isModelSegment } from '../model-name.ts'
import { joinNames, readEntries } from '../tool-names.ts'

const MEMBERS = protoMemberRules({
  reads: ['model', 'tools', 'generationConfig'],
  passes: ['contents', 'labels', 'modelArmorConfig', 'safetySettings', 'serviceTier', 'systemInstruction', 'toolConfig'],
  hiddenState: ['cachedContent'],
})

const COUNT_MEMBERS = protoMemberRules({
  reads: ['model', 'tools', 'generationConfig', 'generateContentRequest'],
  passes: ['contents', 'instances', 'systemInstruction'],
  hiddenState: ['cachedContent'],
})

/** Vertex lets a request choose its model once more, or have it chosen. */
const ROUTING = ['modelConfig', 'modelSelectionConfig', 'routingConfig', 'model', 'modelName']

export const geminiGenerate: LlmDialectReader = {
  dialect: 'gemini_generate',
  paths: under(['/models/{model}', '/tunedModels/{model}', '/publishers/google/models/{model}'], ['generateContent', 'streamGenerateContent']),
  body: 'json',
  members: MEMBERS,
  read: readRequest,
}

export const geminiCountTokens: LlmDialectReader = {
  dialect: 'gemini_count_tokens',
  paths: under(['/models/{model}', '/publishers/google/models/{model}'], ['countTokens']),
  body: 'json',
  members: COUNT_MEMBERS,
  read: (body: JsonObject, path: LlmPath): LlmRead | string => {
    const outer = camelCased(body)
    if (outer === undefined) return 'member_spelling'
    const { generateContentRequest: wrapped = null } = outer
    const own = readRequest(body, path)
    if (wrapped === null || typeof own === 'string') return own
    if (!isJsonObject(wrapped)) return 'generate_content_request'
    const inner = checkMembers(wrapped, MEMBERS) ?? readRequest(wrapped, path)
    if (typeof inner === 'string') return inner
    const tools = joinNames([own.tools, inner.tools])
    return typeof tools === 'string' ? tools : { ...own, tools }
  },
}

function readRequest(body: JsonObject, path: LlmPath): LlmRead | string {
  const request = camelCased(body)
  if (request === undefined) return 'member_spelling'
  const model = modelOf(request, path)
  if (model === undefined) return 'model'
  if (hasRouting(request)) return 'second_model'
  const tools = readEntries(request['tools'], geminiTool)
  if (typeof tools === 'string') return tools
  return { operation: 'completion', model, tools, stream: path.template.endsWith(':streamGenerateContent') }
}

/** A tuned model is another model than the one of the same name, and is named apart. */
function modelOf({ model: repeated }: JsonObject, { model, template }: LlmPath): string | undefined {
  if (model === undefined || !isModelSegment(model) || model.includes(':')) return undefined
  const collection = template.startsWith('/tunedModels/') ? 'tunedModels' : 'models'
  if (repeated !== undefined && repeated !== `${collection}/${model}` && (repeated !== model || collection === 'tunedModels')) return undefined
  return collection === 'tunedModels' ? `tunedModels/${model}` : model
}

function hasRouting({ generationConfig = null }: JsonObject): boolean {
  if (generationConfig === null) return false
  const config = isJsonObject(generationConfig) ? camelCased(generationConfig) : undefined
  return config === undefined || ROUTING.some((key) => config[key] !== undefined)
}

function under(collections: readonly string[], methods: readonly string[]): readonly string[] {
  return collections.flatMap((collection) => methods.map((method) => `${collection}:${method}`))
}
