// What one provider's request format must tell: on which paths it is spoken, and which model and tools a body asks for. One
// file per dialect; `dialects.ts` lists them. A reader decides nothing, and refuses whatever it does not fully understand.
import type { JsonObject, LlmDialect, LlmOperation } from '@bailiwick/core'
import type { MemberRules } from './member-rules.ts'

export interface LlmDialectReader {
  readonly dialect: LlmDialect
  /**
   * Ends of a path: `/chat/completions`, `/deployments/{model}/chat/completions`, `/models/{model}:generateContent`. Whatever
   * stands before them belongs to the gateway. Of all that match the one with the most segments is taken.
   */
  readonly paths: readonly string[]
  /** `blob`: JSON that the provider's own SDKs send without a media type, or as bytes. */
  readonly body: 'json' | 'blob' | FormRules
  /** For the top level: what a body may hold, and onto which names nothing may be folded. */
  readonly members: MemberRules
  /** `body` has passed `members`. A string is the detail of a refusal. */
  read(body: JsonObject, path: LlmPath): LlmRead | string
}

/** `multipart/form-data`; its text fields arrive as the body. */
export interface FormRules {
  /** Fields that carry a file; no other may have a file name. */
  readonly files: ReadonlySet<string>
}

export interface LlmPath {
  /** The member of `paths` that matched. */
  readonly template: string
  /** Decoded once. Absent where the template names none. */
  readonly model?: string
  readonly publisher?: string
}

export interface LlmRead {
  readonly operation: LlmOperation
  readonly model: string
  readonly tools: readonly string[]
  readonly stream: boolean
}
