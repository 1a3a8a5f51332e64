// The OpenAI endpoints that take a model and no tools: completions, embeddings, moderations, image generation, speech; and
// rerank, which OpenAI does not have but every gateway serves in Cohere's format.
import type { JsonObject, LlmDialect, LlmOperation } from '@bailiwick/core'
import type { LlmDialectReader, LlmPath, LlmRead } from '../dialect.ts'
import { memberRules } from '../member-rules.ts'
import { modelOf } from '../model-name.ts'
import { streamOf } from './openai-tools.ts'

interface Plain {
  readonly dialect: LlmDialect
  readonly operation: LlmOperation
  readonly path: string
  /** `tools` and their like are members these endpoints do not have: unknown, and so refused. */
  readonly passes: readonly string[]
  readonly stream?: { readonly member: string; readonly of: (body: JsonObject) => boolean | undefined }
}

const BY_STREAM = { member: 'stream', of: streamOf }

const PLAIN: readonly Plain[] = [
  {
    dialect: 'openai_completions',
    operation: 'completion',
    path: '/completions',
    passes: ['prompt', 'suffix', 'stop', 'logit_bias', 'stream_options', 'user'],
    stream: BY_STREAM,
  },
  { dialect: 'openai_embeddings', operation: 'embedding', path: '/embeddings', passes: ['input', 'encoding_format', 'input_type', 'user'] },
  { dialect: 'openai_moderations', operation: 'moderation', path: '/moderations', passes: ['input'] },
  {
    dialect: 'openai_images',
    operation: 'image',
    path: '/images/generations',
    passes: ['prompt', 'background', 'moderation', 'output_format', 'quality', 'response_format', 'size', 'style', 'user'],
    stream: BY_STREAM,
  },
  {
    dialect: 'openai_speech',
    operation: 'speech',
    path: '/audio/speech',
    passes: ['input', 'instructions', 'response_format', 'voice'],
    stream: { member: 'stream_format', of: ({ stream_format: format }) => format === 'sse' },
  },
  { dialect: 'rerank', operation: 'rerank', path: '/rerank', passes: ['query', 'documents', 'rank_fields'] },
]

export const openaiPlain: readonly LlmDialectReader[] = PLAIN.map(toReader)

function toReader({ dialect, operation, path, passes, stream }: Plain): LlmDialectReader {
  return {
    dialect,
    paths: [path, `/deployments/{model}${path}`],
    body: 'json',
    members: memberRules({ reads: stream === undefined ? ['model'] : ['model', stream.member], passes }),
    read: (body: JsonObject, named: LlmPath): LlmRead | string => {
      const model = modelOf(body, named)
      if (model === undefined) return 'model'
      const streams = stream === undefined ? false : stream.of(body)
      return streams === undefined ? 'stream' : { operation, model, tools: [], stream: streams }
    },
  }
}
