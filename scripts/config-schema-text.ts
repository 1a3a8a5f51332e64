// The text of docs/bailiwick.schema.json: one function for the generator and for the test that the file is current.
import { configJsonSchema } from '../packages/config/src/index.ts'

export function configSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`
}
