// What one provider's request format must tell: where it is recognised, and which model and tools a body asks for. One file
// per dialect; `dialects.ts` lists them.
import type { JsonObject, LlmCall } from '@bailiwick/core'
import type { ReservedKeys } from '@bailiwick/json'

export interface LlmDialectReader {
  /** `pathname` is in normal form and has no query. */
  matches(pathname: string): boolean
  /** Top-level keys that decide something: none may be folded onto, and none may stand in the query. */
  readonly reservedKeys: ReservedKeys
  /** A string is the detail of a refusal. Must refuse whatever it does not fully understand about models and tools. */
  read(body: JsonObject): LlmCall | string
}
