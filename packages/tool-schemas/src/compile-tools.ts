// A pinned file as what a decision asks: does this tool exist, and do these arguments fit it. Everything is compiled here, once.
import type { JsonObject } from '@bailiwick/core'
import type { ToolsFile } from './file/tools-file.ts'
import { compileSchema } from './schema/compile-schema.ts'
import type { CheckArguments, Misfit } from './schema/compile-schema.ts'
import { prepareSchema } from './schema/prepare-schema.ts'
import type { SchemaProblem } from './schema/prepare-schema.ts'

export interface CompiledTools {
  readonly names: readonly string[]
  readonly digest: string
  /** `unknown` for a tool that is not in the file; undefined where the arguments fit. */
  check(tool: string, given: JsonObject): Misfit | 'unknown' | undefined
}

export interface ToolProblem extends SchemaProblem {
  readonly tool: string
}

export type CompiledResult = { readonly ok: true; readonly tools: CompiledTools } | { readonly ok: false; readonly problems: readonly ToolProblem[] }

export function compileTools({ tools, digest }: Pick<ToolsFile, 'tools' | 'digest'>): CompiledResult {
  const checks = new Map<string, CheckArguments>()
  const problems: ToolProblem[] = []
  for (const { name, definition, unchecked } of tools) {
    const prepared = prepareSchema(definition['inputSchema'], unchecked)
    if (!prepared.ok) {
      problems.push(...prepared.problems.map((problem) => ({ tool: name, ...problem })))
      continue
    }
    try {
      checks.set(name, compileSchema(prepared))
    } catch {
      problems.push({ tool: name, pointer: '', expected: 'a schema that fits its own meta-schema, every reference to a place that exists' })
    }
  }
  if (problems.length > 0) return { ok: false, problems }
  const check: CompiledTools['check'] = (tool, given) => {
    const fits = checks.get(tool)
    return fits === undefined ? 'unknown' : fits(given)
  }
  return { ok: true, tools: { names: [...checks.keys()], digest, check } }
}
