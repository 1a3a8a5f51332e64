// Changes to the product's own source, made while a node loads it: how the harness gets its hands inside a real process, and how a mutant is made.
// An edit names a text that must occur exactly once; one that no longer fits is an error, never skipped. No file is written.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

export type SourceEdit =
  /** `file` is relative to the repository. */
  { readonly file: string; readonly find: string; readonly replace: string } | { readonly file: string; readonly append: string }

const ROOT = new URL('../../../../', import.meta.url)

/** Throws unless the edit fits. */
export function applyEdit(source: string, edit: SourceEdit): string {
  if ('append' in edit) return `${source}\n${edit.append}\n`
  const parts = source.split(edit.find)
  if (parts.length !== 2) throw new Error(`${edit.file}: the text to replace occurs ${parts.length - 1} times: ${edit.find.slice(0, 60)}`)
  return parts.join(edit.replace)
}

export function readSource(file: string): string {
  return readFileSync(fileURLToPath(new URL(file, ROOT)), 'utf8')
}

/** From now on modules load with the edits. Returns those whose module was not loaded yet. */
export function editSource(edits: readonly SourceEdit[]): () => readonly string[] {
  const byUrl = new Map<string, SourceEdit[]>()
  for (const edit of edits) {
    const url = pathToFileURL(fileURLToPath(new URL(edit.file, ROOT))).href
    byUrl.set(url, [...(byUrl.get(url) ?? []), edit])
  }
  const waiting = new Set(byUrl.keys())
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      const wanted = byUrl.get(url)
      if (wanted === undefined) return loaded
      waiting.delete(url)
      const source = textOf(loaded.source)
      return { ...loaded, source: wanted.reduce(applyEdit, source) }
    },
  })
  return () => [...waiting]
}

function textOf(source: unknown): string {
  if (typeof source === 'string') return source
  if (source instanceof Uint8Array) return Buffer.from(source).toString('utf8')
  if (source instanceof ArrayBuffer) return Buffer.from(source).toString('utf8')
  throw new TypeError('a module without a text')
}
