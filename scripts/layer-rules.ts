// Who may import whom (docs/architecture.md), as one pure function over a path and a specifier. The same rules stand in .oxlintrc.json for the editor; this is
// the wider net: it also follows relative paths, manifests, and steps that import each other.
import { posix } from 'node:path'
import type { Import } from './scan-imports.ts'

const FOUNDATION = ['core', 'json', 'config', 'sqlite', 'wire']
const SERVICES = ['token-exchange', 'enrichment', 'control', 'standalone']
const COMPOSITION_ROOTS = ['packages/cli', 'services/standalone']
const TEST_ONLY = ['vitest', 'fast-check', '@bailiwick/kit', '@bailiwick/conformance', '@bailiwick/support-desk', '@bailiwick/bench']

/** The one importer of each of these. */
const OWNERS: readonly (readonly [pattern: RegExp, owner: string])[] = [
  [/^node:sqlite$/, 'packages/sqlite'],
  [/^ioredis($|\/)/, 'packages/task-state'],
  [/^(@cerbos\/|cerbos($|\/))/, 'packages/policy'],
  [/^@opentelemetry\//, 'packages/runtime'],
]

/** Inside a service: the folders of doors and of what only doors may use, and the folders that must know neither. */
const OUTER = ['doors', 'http', 'render']
const INNER = ['exchange', 'decide', 'read', 'introspection', 'revocation', 'tasks', 'revocations', 'approvals', 'decisions', 'callers']

/** Each walk and the one file of types its steps share. */
const WALKS = [
  { folder: 'services/token-exchange/src/exchange', walk: 'exchange.ts', types: 'model.ts' },
  { folder: 'services/enrichment/src/decide', walk: 'decide.ts', types: 'question.ts' },
]

/** The steps of the walks, as docs/architecture.md names them: none of them knows another. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  'services/token-exchange/src/exchange': [
    'parse-request.ts',
    'authenticate-client.ts',
    'verify-subject.ts',
    'verify-actor.ts',
    'load-task.ts',
    'constrain.ts',
    'enrich.ts',
    'decide.ts',
    'sign.ts',
    'record.ts',
    'recheck.ts',
  ],
  'services/enrichment/src/decide': [
    'authenticate-gateway.ts',
    'find-resource.ts',
    'verify-runtime-token.ts',
    'read-task-state.ts',
    'check-binding.ts',
    'check-arguments.ts',
    'enrich.ts',
    'evaluate.ts',
  ],
}

export interface Violation {
  readonly file: string
  readonly line: number
  readonly problem: string
}

/** `file` is relative to the root, with `/`. Files outside `src` folders of the workspace have no layer. */
export function layerViolations(file: string, imports: readonly Import[]): readonly Violation[] {
  const [, home, inside] = /^((?:packages|services)\/[^/]+)\/src\/(.+)$/.exec(file) ?? []
  if (home === undefined || inside === undefined) return []
  return imports.flatMap(({ specifier, line, typeOnly }) => {
    const problem = specifier.startsWith('.') ? relativeProblem(file, home, inside, specifier, typeOnly) : packageProblem(home, specifier)
    return problem === undefined ? [] : [{ file, line, problem }]
  })
}

/** The same for what a manifest declares. */
export function manifestViolations(home: string, dependencies: readonly string[]): readonly Violation[] {
  return dependencies.flatMap((name) => {
    const problem = packageProblem(home, name)
    return problem === undefined ? [] : [{ file: `${home}/package.json`, line: 1, problem }]
  })
}

function packageProblem(home: string, specifier: string): string | undefined {
  if (TEST_ONLY.some((name) => specifier === name || specifier.startsWith(`${name}/`))) return `src never imports ${specifier}`
  const owner = OWNERS.find(([pattern]) => pattern.test(specifier))?.[1]
  if (owner !== undefined && owner !== home) return `${specifier} is used by ${owner} only`
  if (home === 'packages/core' && specifier !== 'node:crypto') return 'core imports nothing'
  const [, name] = /^@bailiwick\/([^/]+)/.exec(specifier) ?? []
  if (name === undefined || COMPOSITION_ROOTS.includes(home)) return undefined
  if (name === 'cli' || SERVICES.includes(name)) return `${home} never imports ${specifier}: only composition roots do`
  if (home.startsWith('services/')) return undefined
  const own = home.slice('packages/'.length)
  if (FOUNDATION.includes(own)) return name === 'core' ? undefined : 'the foundation imports core only'
  if (FOUNDATION.includes(name) || (own === 'client' && name === 'tokens')) return undefined
  return 'packages above the foundation do not import each other'
}

function relativeProblem(file: string, home: string, inside: string, specifier: string, typeOnly: boolean): string | undefined {
  const target = posix.normalize(posix.join(posix.dirname(file), specifier))
  // Generated wire code lies beside src.
  if (home === 'packages/wire' && target.startsWith('packages/wire/gen/')) return undefined
  if (!target.startsWith(`${home}/src/`)) return 'a relative import never leaves its own src: import the package by name'
  const from = inside.split('/')[0] ?? ''
  const to = target.slice(`${home}/src/`.length).split('/')[0] ?? ''
  if (home.startsWith('services/')) {
    if (INNER.includes(from) && OUTER.includes(to)) return `${from}/ never imports ${to}/`
    if (from === 'read' && to === 'decide' && !target.endsWith('/decide/question.ts')) return 'read/ never imports the walk'
    if (from === 'render' && to !== 'render') return 'render/ imports nothing else of the service'
    if (to === 'render' && from !== 'render' && from !== 'doors' && from !== 'http') return 'render/ is used by doors only'
  }
  return stepProblem(file, target, typeOnly)
}

function stepProblem(file: string, target: string, typeOnly: boolean): string | undefined {
  const folder = posix.dirname(file)
  const steps = STEPS[folder]
  const walk = WALKS.find((each) => each.folder === folder)
  if (steps === undefined || walk === undefined || posix.dirname(target) !== folder) return undefined
  const importing = posix.basename(file)
  const imported = posix.basename(target)
  if (importing !== walk.walk && imported === walk.walk) return 'a step never imports its walk'
  if (typeOnly || !steps.includes(importing) || !steps.includes(imported) || imported === walk.types) return undefined
  return `steps do not import each other (shared types: ${walk.types})`
}
