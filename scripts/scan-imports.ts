// Finds what a source file imports: static and dynamic imports, re-exports, types included. Text only, made for formatted code; the layer fixtures
// prove each form is seen.

export interface Import {
  readonly specifier: string
  readonly line: number
  /** `import type`, `export type`: nothing is loaded at run time. */
  readonly typeOnly: boolean
}

const STATIC = /^[ \t]*(?:import|export)[ \t]+(type[ \t]+)?(?:[^'"`;]*?[ \t}*]from[ \t]+)?(['"])([^'"\n]+)\2/gm
const DYNAMIC = /\b(?:import|require)\(\s*(['"`])([^'"`\n]+)\1/g

export function scanImports(code: string): readonly Import[] {
  const text = withoutComments(code)
  const lineAt = (index: number): number => text.slice(0, index).split('\n').length
  const found: Import[] = []
  for (const match of text.matchAll(STATIC)) found.push({ specifier: match[3] ?? '', line: lineAt(match.index), typeOnly: match[1] !== undefined })
  for (const match of text.matchAll(DYNAMIC)) found.push({ specifier: match[2] ?? '', line: lineAt(match.index), typeOnly: false })
  return found
}

/** Comments become spaces, so that lines stay where they are. `://` inside a text is no comment. */
export function withoutComments(code: string): string {
  return code.replaceAll(
    /(^|[^:'"`\\])\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (comment, before: string | undefined) => (before ?? '') + comment.slice((before ?? '').length).replaceAll(/[^\n]/g, ' '),
  )
}
