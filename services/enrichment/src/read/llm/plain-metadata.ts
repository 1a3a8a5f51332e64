// `metadata` of OpenAI and Anthropic maps words to words. LiteLLM looks for more in it: `metadata.tags` chooses among the
// deployments of a model.
import type { JsonObject } from '@bailiwick/core'
import { findFoldedKey, isJsonObject, reserveKeys } from '@bailiwick/json'

const ROUTING = reserveKeys(['tags'])

export function hasPlainMetadata({ metadata = null }: JsonObject): boolean {
  if (metadata === null) return true
  if (!isJsonObject(metadata) || metadata['tags'] !== undefined || findFoldedKey(metadata, ROUTING) !== undefined) return false
  return Object.values(metadata).every((value) => value === null || typeof value === 'string')
}
