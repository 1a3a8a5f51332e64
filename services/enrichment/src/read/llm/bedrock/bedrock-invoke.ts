// Bedrock's invoke and invoke-with-response-stream: the publisher's own format, told by the model id in the path. A model whose
// publisher the id does not tell, or whose format is not listed, is refused.
import type { JsonObject, LlmOperation } from '@bailiwick/core'
import { ANTHROPIC_MEMBERS, readAnthropic } from '../anthropic/anthropic-messages.ts'
import { converseTools } from './bedrock-converse.ts'
import { readBedrockModel } from './bedrock-model.ts'
import type { BedrockModel } from './bedrock-model.ts'
import { cohereTools } from './cohere-command.ts'
import type { LlmDialectReader, LlmPath, LlmRead } from '../dialect.ts'
import { checkMembers, memberRules } from '../member-rules.ts'
import type { MemberLists, MemberRules } from '../member-rules.ts'
import { OPENAI_CHAT_MEMBERS, readOpenaiChat } from '../openai/openai-chat.ts'
import type { Names } from '../tool-names.ts'

interface Native {
  readonly publishers: readonly string[]
  /** Of the model's name; the first that matches is taken. */
  readonly name: RegExp
  readonly operation: LlmOperation
  readonly members: MemberLists
  readonly tools?: (body: JsonObject) => Names
}

const NONE: Names = []
const ANY = /^/

function toolsOf(read: (body: JsonObject, path: LlmPath) => LlmRead | string): (body: JsonObject) => Names {
  return (body) => {
    // The model is judged by the path alone.
    const call = read(body, { template: '', model: 'bedrock' })
    return typeof call === 'string' ? call : call.tools
  }
}

const NATIVE: readonly Native[] = [
  { publishers: ['anthropic'], name: ANY, operation: 'completion', members: ANTHROPIC_MEMBERS, tools: toolsOf(readAnthropic) },
  {
    publishers: ['amazon'],
    name: /^nova-(?:2-)?(?:lite|micro|premier|pro)/,
    operation: 'completion',
    members: { reads: ['toolConfig'], passes: ['inferenceConfig', 'messages', 'schemaVersion', 'system'] },
    tools: converseTools,
  },
  { publishers: ['amazon'], name: /^titan-text-/, operation: 'completion', members: { reads: [], passes: ['inputText', 'textGenerationConfig'] } },
  {
    publishers: ['amazon'],
    name: /^titan-embed-/,
    operation: 'embedding',
    members: { reads: [], passes: ['embeddingConfig', 'embeddingTypes', 'inputImage', 'inputText'] },
  },
  {
    publishers: ['amazon'],
    name: /^(?:titan-image-generator|nova-canvas)/,
    operation: 'image',
    members: {
      reads: [],
      passes: [
        'backgroundRemovalParams',
        'colorGuidedGenerationParams',
        'imageGenerationConfig',
        'imageVariationParams',
        'inPaintingParams',
        'outPaintingParams',
        'taskType',
        'textToImageParams',
      ],
    },
  },
  { publishers: ['amazon', 'cohere'], name: /^rerank-/, operation: 'rerank', members: { reads: [], passes: ['documents', 'query'] } },
  {
    publishers: ['cohere'],
    name: /^embed-/,
    operation: 'embedding',
    members: { reads: [], passes: ['embedding_types', 'images', 'input_type', 'inputs', 'texts', 'truncate'] },
  },
  {
    publishers: ['cohere'],
    name: /^command-/,
    operation: 'completion',
    members: {
      reads: ['tools'],
      passes: [
        'chat_history',
        'documents',
        'message',
        'preamble',
        'prompt',
        'prompt_truncation',
        'return_likelihoods',
        'stop_sequences',
        'tool_results',
        'truncate',
      ],
    },
    tools: cohereTools,
  },
  { publishers: ['meta'], name: /^llama/, operation: 'completion', members: { reads: [], passes: ['images', 'prompt'] } },
  {
    publishers: ['stability'],
    name: ANY,
    operation: 'image',
    members: {
      reads: [],
      passes: [
        'aspect_ratio',
        'cfg_scale',
        'image',
        'mask',
        'mode',
        'negative_prompt',
        'output_format',
        'prompt',
        'search_prompt',
        'select_prompt',
        'style_preset',
      ],
    },
  },
  {
    publishers: ['ai21', 'deepseek', 'mistral', 'openai', 'qwen'],
    name: ANY,
    operation: 'completion',
    members: { ...OPENAI_CHAT_MEMBERS, passes: [...OPENAI_CHAT_MEMBERS.passes, 'prompt'] },
    tools: toolsOf(readOpenaiChat),
  },
]

const RULES: ReadonlyMap<Native, MemberRules> = new Map(NATIVE.map((native) => [native, memberRules(native.members)]))
const EVERY = [...new Set(NATIVE.flatMap(({ members }) => [...members.reads, ...members.passes]))]

export const bedrockInvoke: LlmDialectReader = {
  dialect: 'bedrock_invoke',
  paths: ['/model/{model}/invoke', '/model/{model}/invoke-with-response-stream'],
  body: 'blob',
  // What is read of any publisher is guarded for all; which members this publisher's format has is checked below.
  members: { ...memberRules({ reads: [...new Set(NATIVE.flatMap(({ members }) => members.reads))], passes: [] }), known: new Set(EVERY) },
  read: (body: JsonObject, { model, template }: LlmPath): LlmRead | string => {
    const published = model === undefined ? undefined : readBedrockModel(model)
    if (model === undefined || published === undefined || body['model'] !== undefined) return 'model'
    const native = nativeOf(published)
    const rules = native === undefined ? undefined : RULES.get(native)
    if (native === undefined || rules === undefined) return 'publisher'
    const wrong = checkMembers(body, rules)
    if (wrong !== undefined) return wrong
    const tools = native.tools?.(body) ?? NONE
    return typeof tools === 'string' ? tools : { operation: native.operation, model, tools, stream: template.endsWith('-stream') }
  },
}

function nativeOf({ publisher, name }: BedrockModel): Native | undefined {
  if (publisher === undefined || name === undefined) return undefined
  return NATIVE.find((native) => native.publishers.includes(publisher) && native.name.test(name))
}
