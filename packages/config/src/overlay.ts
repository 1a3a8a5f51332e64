// Puts `BAILIWICK_*` variables and command line options over the file, and remembers which setting came from where. Scalars only: a
// trust list is read in one piece from one file. An unknown variable is an error; the ones Kubernetes injects for a service of our name are not ours.
import { z } from 'zod'
import type { Read } from './files.ts'
import { checkSecret, readBounded, readSecretFile } from './files.ts'
import { formatPath, nearest } from './problem.ts'
import type { ConfigProblem } from './problem.ts'
import { shape } from './schema/schema.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'BAILIWICK_'

/** Read by the command line or the scripts, not settings of the file. */
const NOT_SETTINGS: readonly string[] = ['BAILIWICK_CONFIG', 'BAILIWICK_URL', 'BAILIWICK_OPERATOR_TOKEN_FILE']
const INJECTED_BY_KUBERNETES = /^BAILIWICK_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\d+_(TCP|UDP|SCTP).*)?)$/

/** The URL of the store may carry a password: its variable also exists as a file. */
const SECRET_SETTINGS: readonly string[] = ['store', 'store.url']

/** A section that may be written as one text, and the setting that text is. Overriding one form keeps what the other says. */
const SHORT_FORMS: ReadonlyMap<string, string> = new Map([['store', 'url']])
/** Texts that stand for the section alone, not for that setting. */
const WHOLE_FORMS: readonly string[] = ['sqlite']

type ScalarKind = 'text' | 'number' | 'boolean'

export interface Overlaid {
  readonly value: Readonly<Record<string, unknown>>
  /** formatPath -> `environment BAILIWICK_LISTEN` or `option listen`. */
  readonly origins: ReadonlyMap<string, string>
  readonly problems: readonly ConfigProblem[]
  secretFromEnvironment(section: string, name: string, member: string): Read<string> | undefined
  /** The variable of a setting that no file may hold. */
  fromEnvironment(setting: string): string | undefined
  /** Variables nobody asked for: call after everything was read. */
  unknownVariables(): readonly ConfigProblem[]
}

/** Every scalar setting outside lists: dotted path -> kind. */
export function scalarSettings(): ReadonlyMap<string, ScalarKind> {
  const found = new Map<string, ScalarKind>()
  for (const [key, schema] of Object.entries(shape)) collect(schema, key, found)
  return found
}

function collect(schema: unknown, path: string, found: Map<string, ScalarKind>): void {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) return collect(schema.unwrap(), path, found)
  if (schema instanceof z.ZodPipe) return collect(schema.in, path, found)
  if (schema instanceof z.ZodUnion) {
    for (const option of schema.options) collect(option, path, found)
    return
  }
  if (schema instanceof z.ZodObject) {
    for (const [key, member] of Object.entries(schema.shape)) collect(member, `${path}.${key}`, found)
    return
  }
  const kind = schema instanceof z.ZodBoolean ? 'boolean' : schema instanceof z.ZodNumber ? 'number' : undefined
  if (kind !== undefined) found.set(path, kind)
  else if (schema instanceof z.ZodString || schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral) found.set(path, 'text')
}

export function variableOf(setting: string): string {
  return PREFIX + setting.replaceAll(/[.-]/g, '_').toUpperCase()
}

export function overlay(file: unknown, env: Environment, overrides: Readonly<Record<string, string>>): Overlaid {
  const value: Record<string, unknown> = { ...(isRecord(file) ? file : {}) }
  const origins = new Map<string, string>()
  const problems: ConfigProblem[] = []
  const used = new Set<string>(NOT_SETTINGS)
  const settings = scalarSettings()
  const given = (name: string): string | undefined => (Object.hasOwn(env, name) ? env[name] : undefined)

  for (const [setting, kind] of settings) {
    const variable = variableOf(setting)
    let text = given(variable)
    used.add(variable)
    if (SECRET_SETTINGS.includes(setting)) {
      const secretFile = given(`${variable}_FILE`)
      used.add(`${variable}_FILE`)
      if (secretFile !== undefined) {
        const source = `environment ${variable}_FILE`
        const read = readBounded(secretFile, 4096)
        if (text !== undefined) problems.push({ source, path: setting, expected: `only one of ${variable} and ${variable}_FILE` })
        else if (!read.ok) problems.push({ source, path: setting, expected: read.expected })
        else text = read.value.trimEnd()
      }
    }
    if (text !== undefined) put(value, setting, kind, text, `environment ${variable}`, origins, problems)
  }
  for (const [setting, text] of Object.entries(overrides)) {
    const kind = settings.get(setting)
    if (kind !== undefined) put(value, setting, kind, text, `option ${setting}`, origins, problems)
    else
      problems.push({ source: 'option', path: setting, expected: 'the dotted name of a setting that is not in a list', ...suggest(setting, settings.keys()) })
  }

  const secretNames = new Set<string>()
  return {
    value,
    origins,
    problems,
    secretFromEnvironment: (section, name, member) => {
      const variable = variableOf(`${section}.${name}.${member}`)
      secretNames.add(variable)
      used.add(variable)
      used.add(`${variable}_FILE`)
      const direct = given(variable)
      const secretFile = given(`${variable}_FILE`)
      if (direct !== undefined && secretFile !== undefined) return { ok: false, expected: `only one of ${variable} and ${variable}_FILE` }
      if (direct !== undefined) return from(variable, checkSecret(direct))
      return secretFile === undefined ? undefined : from(`${variable}_FILE`, readSecretFile(secretFile))
    },
    fromEnvironment: (setting) => {
      used.add(variableOf(setting))
      return given(variableOf(setting))
    },
    unknownVariables: () => {
      const known = [...used, ...[...secretNames].map((name) => `${name}_FILE`)]
      return Object.keys(env)
        .filter((name) => name.startsWith(PREFIX) && env[name] !== undefined && !used.has(name) && !INJECTED_BY_KUBERNETES.test(name))
        .sort()
        .map((name) => ({ source: 'environment', path: name, expected: 'a variable Bailiwick knows', ...suggest(name, known) }))
    },
  }
}

function put(
  target: Record<string, unknown>,
  setting: string,
  kind: ScalarKind,
  text: string,
  source: string,
  origins: Map<string, string>,
  problems: ConfigProblem[],
): void {
  const short = SHORT_FORMS.get(setting)
  const path = short !== undefined && isRecord(target[setting]) && !WHOLE_FORMS.includes(text) ? [setting, short] : setting.split('.')
  const scalar = kind === 'text' ? text : kind === 'boolean' ? BOOLEANS.get(text) : /^-?(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : undefined
  if (scalar === undefined) {
    problems.push({ source, path: setting, expected: kind === 'boolean' ? 'true or false' : 'a whole number' })
    return
  }
  let at = target
  for (const key of path.slice(0, -1)) {
    const below = at[key]
    const shortFor = SHORT_FORMS.get(key)
    // A copy: what was read from the file stays as it was read.
    const copy = isRecord(below)
      ? { ...below }
      : shortFor !== undefined && typeof below === 'string' && !WHOLE_FORMS.includes(below)
        ? { [shortFor]: below }
        : {}
    at[key] = copy
    at = copy
  }
  const last = path.at(-1)
  if (last !== undefined) at[last] = scalar
  origins.set(formatPath(path), source)
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

function suggest(word: string, candidates: Iterable<string>): { readonly suggestion?: string } {
  const suggestion = nearest(word, candidates)
  return suggestion === undefined ? {} : { suggestion }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is wrong with it is said of the variable, not of the setting it stands for. */
function from(variable: string, read: Read<string>): Read<string> {
  return read.ok ? read : { ok: false, expected: `${read.expected}, in ${variable}` }
}
