// No pattern of the product takes longer than linear time for a text somebody else wrote: one that can share out the same characters in several ways is
// tried in all of them where nothing fits, minutes for a header of a few kilobytes. Reads every regular expression literal of `src`; what is given to
// `new RegExp` it does not see.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { analyse } from 'scslre'
import { parseSync, Visitor } from 'vite'

export interface SlowPattern {
  readonly file: string
  readonly line: number
  readonly problem: string
}

export function checkPatterns(root: string): readonly SlowPattern[] {
  const files = globSync('{packages,services}/*/src/**/*.ts', { cwd: root }).map((file) => file.replaceAll('\\', '/'))
  return files.filter((file) => !file.includes('/gen/')).flatMap((file) => slowPatterns(file, readFileSync(join(root, file), 'utf8')))
}

export function slowPatterns(file: string, code: string): readonly SlowPattern[] {
  const found: SlowPattern[] = []
  const visitor = new Visitor({
    Literal(node) {
      if (!('regex' in node)) return
      const { pattern, flags } = node.regex
      const [report] = analyse({ source: pattern, flags }).reports
      if (report === undefined) return
      const growth = report.exponential ? 'exponential' : 'more than linear'
      found.push({ file, line: code.slice(0, node.start).split('\n').length, problem: `${growth} time for some text: /${pattern}/${flags}` })
    },
  })
  visitor.visit(parseSync(file, code).program)
  return found
}
