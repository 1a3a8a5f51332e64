// A file of pinned tools as `bailiwick tools pin` writes it, from the input schemas alone.
import type { JsonObject } from '@bailiwick/core'
import { makeToolsFile, toListedTool, writeToolsFile } from '@bailiwick/tool-schemas'

export function toolsFileOf(resource: string, schemas: Readonly<Record<string, JsonObject>>): string {
  const tools = Object.entries(schemas).map(([name, inputSchema]) => {
    const listed = toListedTool({ name, description: `The tool ${name}.`, inputSchema })
    if (listed === undefined) throw new TypeError(`not a tool: ${name}`)
    return { ...listed, unchecked: [] }
  })
  return writeToolsFile(makeToolsFile(resource, tools))
}
