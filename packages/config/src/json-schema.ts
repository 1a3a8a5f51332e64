// The JSON Schema of the file, for editors. It knows the form of each setting; rules between settings are only in the parser.
import type { JsonObject } from '@bailiwick/core'
import { z } from 'zod'
import { fileSchema } from './schema/schema.ts'

export function configJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-2020-12', reused: 'inline' })
  // Through the JSON grammar: the generator's own type admits functions and undefined, a schema document has neither.
  return z.record(z.string(), z.json()).parse({ ...schema, title: 'Bailiwick configuration' })
}
