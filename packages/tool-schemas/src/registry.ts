// Which tools of which resources are pinned, and what a decision may ask of them. The files are read and compiled when the registry is opened,
// all of them or none; what a watch finds out later can only take tools away.
import { readFileSync, statSync } from 'node:fs'
import type { JsonObject } from '@bailiwick/core'
import { compileTools } from './compile-tools.ts'
import { MAX_FILE_BYTES, parseToolsFile } from './file/tools-file.ts'
import type { PinnedTool, ToolsFile } from './file/tools-file.ts'
import type { Misfit } from './schema/compile-schema.ts'

/** `unknown`: not in the file. `changed`: no longer what was reviewed, and to be denied for it. Undefined: the arguments fit. */
export type ToolVerdict = Misfit | 'unknown' | 'changed' | undefined

export interface RegisteredTools {
  /** In the order of the file, without those that are denied. */
  names(): readonly string[]
  check(tool: string, given: JsonObject): ToolVerdict
}

export interface ToolRegistry {
  /** Undefined where nothing is pinned: nothing is known of the tools, which is not the same as knowing none. */
  of(resource: string): RegisteredTools | undefined
  /** Every pinned resource. */
  readonly pinned: ReadonlyMap<string, readonly PinnedTool[]>
  /** From now on these tools of the resource are denied, and no others. */
  deny(resource: string, tools: ReadonlySet<string>): void
}

export class ToolsFileError extends Error {}

/** Throws {@link ToolsFileError} with everything that is wrong, for the operator. Reads each file once; never again. */
export function openToolRegistry(files: ReadonlyMap<string, { readonly file: string }>): ToolRegistry {
  const problems: string[] = []
  const entries = new Map<string, { readonly tools: RegisteredTools; readonly pinned: readonly PinnedTool[]; denied: ReadonlySet<string> }>()
  for (const [resource, { file }] of files) {
    const read = readToolsFile(file, resource)
    if (!read.ok) {
      problems.push(...read.problems.map((problem) => `${file} (tools of ${resource}): expected ${problem}`))
      continue
    }
    const { names, check } = read.compiled
    const entry = {
      pinned: read.file.tools,
      denied: new Set<string>() as ReadonlySet<string>,
      tools: {
        names: () => (entry.denied.size === 0 ? names : names.filter((name) => !entry.denied.has(name))),
        check: (tool: string, given: JsonObject): ToolVerdict => (entry.denied.has(tool) ? 'changed' : check(tool, given)),
      },
    }
    entries.set(resource, entry)
  }
  if (problems.length > 0) throw new ToolsFileError(problems.join('\n'))
  return {
    of: (resource) => entries.get(resource)?.tools,
    pinned: new Map([...entries].map(([resource, { pinned }]) => [resource, pinned])),
    deny: (resource, tools) => {
      const entry = entries.get(resource)
      if (entry !== undefined) entry.denied = tools
    },
  }
}

export type ReadToolsFile =
  | { readonly ok: true; readonly file: ToolsFile; readonly compiled: Pick<RegisteredTools, 'check'> & { readonly names: readonly string[] } }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Read, checked and compiled, or everything that is wrong with it: each completes "expected ...". */
export function readToolsFile(path: string, resource: string): ReadToolsFile {
  const text = readText(path)
  if (text === undefined) return { ok: false, problems: [`a file that can be read, of at most ${MAX_FILE_BYTES} bytes: bailiwick tools pin ${resource}`] }
  const parsed = parseToolsFile(text)
  if (!parsed.ok) return { ok: false, problems: [parsed.expected] }
  if (parsed.file.resource !== resource) return { ok: false, problems: ['the tools of this resource, not of another one'] }
  const compiled = compileTools(parsed.file)
  if (!compiled.ok) return { ok: false, problems: compiled.problems.map(({ tool, pointer, expected }) => `${expected} (${tool} ${pointer})`) }
  return { ok: true, file: parsed.file, compiled: compiled.tools }
}

function readText(path: string): string | undefined {
  try {
    return statSync(path).size > MAX_FILE_BYTES ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch {
    return undefined
  }
}
