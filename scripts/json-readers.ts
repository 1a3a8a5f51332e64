// Where JSON may be read by another reader than packages/json. JSON.parse of V8 14.6 can misread an object's escaped keys, takes a member twice, and rounds numbers: what
// callers wrote goes through the strict reader, everywhere. Text only, made for formatted code; the fixtures prove each form is seen.
import type { Violation } from './layer-rules.ts'
import { withoutComments } from './scan-imports.ts'

/** Each place and why what it reads is no caller's. One that reads none any more is a violation too. */
const ALLOWED: Readonly<Record<string, string>> = {
  'packages/json/src/read-string.ts': 'one string literal, found by the strict reader',
  'packages/audit/src/stored-record.ts': 'our own canonical text; of a record another node sent, only if it is the canonical text of what was read',
  'packages/cli/src/commands/task-create.ts': 'what the operator typed; control reads it strictly',
  'packages/cli/src/http/json.ts': 'what our own services answered',
  'packages/cli/src/inspect/read-token.ts': 'to show what a lenient reader makes of a token, beside the strict one',
  'packages/client/src/denial-of.ts': 'what a gateway answered to this agent',
  'packages/client/src/endpoint.ts': 'what our own services answered',
  'packages/config/src/compile/key-set.ts': 'a file of the operator, only to see that it is JSON',
  'packages/policy/src/cerbos-log.ts': 'log lines of the supervised PDP',
  'packages/task-state/src/sqlite/read-standing.ts': 'our own row',
  'packages/task-state/src/task-facts.ts': 'our own text, as JSON.stringify wrote it',
  'packages/tool-schemas/src/file/tools-file.ts': 'a reviewed file, which must be what is written for it, byte by byte but for space',
  'services/control/src/operators/operator-registry.ts': 'our own file',
  'services/standalone/src/own-version.ts': 'our own manifest',
  'services/standalone/src/reporting/report-to-control.ts': 'the private key of this node, from its own file',
}

/** Any use of the global but to write; what Express, fetch and protobuf-es call their readers. */
const READERS = /\bJSON\b(?!\s*\.\s*stringify\b)|\bexpress\s*\.\s*json\b|\bbodyParser\b|\bfromJsonString\b|\.\s*json\s*\(\s*\)/g
/** zod's name for any JSON value. */
const ZOD = /\bz\.json\(\)/g
export function jsonViolations(file: string, code: string): readonly Violation[] {
  const found = readersIn(file, code)
  return Object.hasOwn(ALLOWED, file) ? [] : found
}

/** Entries of the list above that say nothing any more. */
export function staleAllowances(codeOf: (file: string) => string | undefined): readonly Violation[] {
  return Object.keys(ALLOWED).flatMap((file) => {
    const code = codeOf(file)
    return code !== undefined && readersIn(file, code).length > 0
      ? []
      : [{ file, line: 1, problem: 'reads no JSON by another reader: take it off the list in scripts/json-readers.ts' }]
  })
}

function readersIn(file: string, code: string): readonly Violation[] {
  const text = withoutTexts(withoutComments(code)).replaceAll(ZOD, (match) => ' '.repeat(match.length))
  return [...text.matchAll(READERS)].map(({ index }) => ({
    file,
    line: text.slice(0, index).split('\n').length,
    problem: 'JSON is read by parseStrictJson of @bailiwick/json; another reader only for what no caller wrote (scripts/json-readers.ts)',
  }))
}

/** What stands between quotes becomes spaces; code inside a template stays. A quote that is left open, as in a regular expression, ends with its line. */
function withoutTexts(code: string): string {
  let out = ''
  /** Of the texts and of the code in templates that are open, innermost last. */
  const open: string[] = []
  for (let at = 0; at < code.length; at++) {
    const char = code[at] ?? ''
    const inside = open.at(-1)
    const isText = inside === "'" || inside === '"' || inside === '`'
    out += isText && char !== '\n' ? ' ' : char
    if (!isText) {
      if (char === "'" || char === '"' || char === '`' || (char === '{' && inside === '}')) open.push(char === '{' ? '}' : char)
      else if (char === '}' && inside === '}') open.pop()
    } else if (char === '\\') {
      out += ' '
      at++
    } else if (char === inside || (char === '\n' && inside !== '`')) open.pop()
    else if (inside === '`' && code.startsWith('${', at)) {
      out += ' '
      at++
      open.push('}')
    }
  }
  return out
}
