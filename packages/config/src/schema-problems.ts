// Turns what zod found wrong with one section into problems an operator can act on. Uses the issue's code and our own messages, never the input's text.
import type { z } from 'zod'
import { nearest } from './problem.ts'
import type { Path } from './problem.ts'

export type AddProblem = (path: Path, expected: string, more?: { readonly suggestion?: string | undefined; readonly at?: 'key' | 'value' }) => void

type Issue = z.core.$ZodIssue

export function addSchemaProblems(add: AddProblem, issues: readonly Issue[], base: Path): void {
  for (const issue of issues) addIssue(add, issue, [...base, ...issue.path.filter((part) => typeof part !== 'symbol')])
}

function addIssue(add: AddProblem, issue: Issue, path: Path): void {
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = issue.message.split(' ')
      for (const key of issue.keys) add([...path, key], 'a setting that exists here', { suggestion: nearest(key, known), at: 'key' })
      return
    }
    case 'invalid_type': {
      // A message of ours names the form; zod's own names types only.
      const form = issue.message.startsWith('Invalid input') ? (TYPE[issue.expected] ?? issue.expected) : issue.message
      add(path, issue.input === undefined ? `${form} (the setting is required)` : form, issue.input === undefined ? { at: 'key' } : undefined)
      return
    }
    case 'invalid_value': {
      const values = issue.values.map(String)
      const missing = issue.input === undefined ? ' (the setting is required)' : ''
      add(path, `${values.length === 1 ? '' : 'one of '}${values.join(', ')}${missing}`, {
        suggestion: typeof issue.input === 'string' ? nearest(issue.input, values) : undefined,
      })
      return
    }
    case 'invalid_union': {
      // The one branch that got further than its outermost form says more than the union.
      const further = issue.errors.filter((branch) => branch.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'))
      const [only] = further
      if (further.length === 1 && only !== undefined && only.length > 0) addSchemaProblems(add, only, path)
      else add(path, issue.message)
      return
    }
    case 'invalid_key':
      for (const inner of issue.issues) add(path, `${inner.message} (as the key)`, { at: 'key' })
      return
    case 'invalid_element':
      addSchemaProblems(add, issue.issues, path)
      return
    case 'too_big':
    case 'too_small':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'custom':
      add(path, issue.message)
      return
  }
}

const TYPE: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  array: 'a list',
}
