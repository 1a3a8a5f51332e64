// What is wrong with a configuration, said for the operator: which setting, where, what was expected. Never the value: a
// setting in the wrong place may be a secret.

export type Path = readonly (string | number)[]

export interface ConfigProblem {
  /** The file, or `environment BAILIWICK_LISTEN`, or `option listen`. */
  readonly source: string
  /** `clients[0].jwks_file`. */
  readonly path: string
  /** 1-based, for problems that lie in the file. */
  readonly line?: number
  readonly column?: number
  readonly expected: string
  /** The nearest name that would have been right. */
  readonly suggestion?: string
}

export function formatPath(path: Path): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else if (/^[A-Za-z_][\w-]*$/.test(part)) text += text === '' ? part : `.${part}`
    else text += `[${JSON.stringify(printable(part))}]`
  }
  return text === '' ? '(document)' : text
}

/** One line per problem: `file:line:col  setting  expected ...; did you mean ...`. */
export function formatProblem(problem: ConfigProblem): string {
  const place = problem.line === undefined ? problem.source : `${problem.source}:${problem.line}:${problem.column ?? 1}`
  const hint = problem.suggestion === undefined ? '' : `; did you mean ${problem.suggestion}?`
  return `${place}  ${problem.path}  expected ${problem.expected}${hint}`
}

export function formatProblems(problems: readonly ConfigProblem[]): string {
  return problems.map(formatProblem).join('\n')
}

/** The candidate one or two slips of the keyboard away (fewer for short words), or undefined. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > 64) return undefined
  let best: string | undefined
  let bestDistance = Math.min(3, Math.floor(word.length / 3) + 1)
  for (const candidate of candidates) {
    const distance = editDistance(fold(word), fold(candidate))
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

const fold = (word: string): string => word.toLowerCase().replaceAll('-', '_')

/** Optimal string alignment distance: insert, delete, replace, swap neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1))
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[b.length] ?? 0
}

// Keys are echoed, values never are; a key can still carry terminal escapes or be absurdly long.
function printable(text: string): string {
  const clean = text.replaceAll(/[^\x20-\x7e]/g, '?')
  return clean.length > 64 ? `${clean.slice(0, 61)}...` : clean
}
