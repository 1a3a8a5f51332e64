// The OpenAI endpoints that take files: image edits and variations, transcriptions, translations. The model is a text field of
// the form. A field that is not known passes only as a number or a boolean, as with JSON.
import type { JsonObject, LlmDialect, LlmOperation } from '@bailiwick/core'
import type { LlmDialectReader, LlmPath, LlmRead } from '../dialect.ts'
import { memberRules } from '../member-rules.ts'
import { modelOf } from '../model-name.ts'

interface Form {
  readonly dialect: LlmDialect
  readonly operation: LlmOperation
  readonly paths: readonly string[]
  readonly files: readonly string[]
  readonly passes: readonly string[]
}

const FORMS: readonly Form[] = [
  {
    dialect: 'openai_images',
    operation: 'image',
    paths: ['/images/edits', '/images/variations'],
    files: ['image', 'image[]', 'mask'],
    passes: ['prompt', 'background', 'input_fidelity', 'moderation', 'output_format', 'quality', 'response_format', 'size', 'user'],
  },
  {
    dialect: 'openai_audio',
    operation: 'transcription',
    paths: ['/audio/transcriptions', '/audio/translations'],
    files: ['file'],
    passes: [
      'chunking_strategy',
      'chunking_strategy[type]',
      'include[]',
      'keywords[]',
      'known_speaker_names[]',
      'known_speaker_references[]',
      'language',
      'languages[]',
      'prompt',
      'response_format',
      'timestamp_granularities[]',
    ],
  },
]

export const openaiForms: readonly LlmDialectReader[] = FORMS.map(toReader)

function toReader({ dialect, operation, paths, files, passes }: Form): LlmDialectReader {
  return {
    dialect,
    paths: paths.flatMap((path) => [path, `/deployments/{model}${path}`]),
    body: { files: new Set(files) },
    members: memberRules({ reads: ['model', 'stream'], passes }),
    read: (body: JsonObject, path: LlmPath): LlmRead | string => {
      const model = modelOf(body, path)
      if (model === undefined) return 'model'
      const { stream = false } = body
      return typeof stream === 'boolean' ? { operation, model, tools: [], stream } : 'stream'
    },
  }
}
