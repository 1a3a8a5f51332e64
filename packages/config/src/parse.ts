// The whole walk from YAML text to the frozen configuration: read, overlay, check each section's form, then the rules between them. Everything
// wrong is collected before anything is refused. Reads the key and secret files the configuration names; opens nothing else.
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import type { BailiwickConfig } from './model.ts'
import type { Bench, Entry } from './compile/bench.ts'
import { compileClients } from './compile/clients.ts'
import { checkFinalDoors } from './compile/final-doors.ts'
import { compileGateways } from './compile/gateways.ts'
import { compileAudit, compileControl, compileIssuer, compileLimits, compilePolicy, isLoopbackIssuer } from './compile/house.ts'
import { checkApart, compileKeys, compileListen, compileServices } from './compile/process.ts'
import { compileIdentity } from './compile/identity.ts'
import { compileProfiles } from './compile/profiles.ts'
import { compileResources } from './compile/resources.ts'
import { compileNode, compileStore } from './compile/store.ts'
import { compileTools } from './compile/tools.ts'
import { resolvePath } from './compile/bench.ts'
import { deepFreeze } from './freeze.ts'
import { overlay } from './overlay.ts'
import type { Environment } from './overlay.ts'
import { formatPath, nearest } from './problem.ts'
import type { ConfigProblem, Path } from './problem.ts'
import { MAX_FILE_BYTES, readYaml } from './read-yaml.ts'
import { addSchemaProblems } from './schema-problems.ts'
import type { AddProblem } from './schema-problems.ts'
import { clientSchema } from './schema/clients.ts'
import { gatewaySchema } from './schema/gateways.ts'
import { profileSchema } from './schema/profiles.ts'
import { resourceSchema } from './schema/resources.ts'
import { shape } from './schema/schema.ts'

export type ConfigResult = { readonly ok: true; readonly config: BailiwickConfig } | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

export interface ParseOptions {
  /** Where the text comes from: named in problems, and the folder relative paths start at. */
  readonly file: string
  readonly env: Environment
  /** Command line: dotted setting -> text. Stronger than the environment. */
  readonly overrides?: Readonly<Record<string, string>>
}

/** Reads and parses one file. Never throws for what is in it. */
export function loadConfig(options: ParseOptions): ConfigResult {
  const file = resolve(options.file)
  const refuse = (expected: string): ConfigResult => ({ ok: false, problems: [{ source: options.file, path: '(document)', expected }] })
  let bytes: Uint8Array
  try {
    if (statSync(file).size > MAX_FILE_BYTES) return refuse('a file of at most 1 MiB')
    bytes = readFileSync(file)
  } catch {
    return refuse('a configuration file that exists and can be read')
  }
  try {
    return parseConfig(new TextDecoder('utf-8', { fatal: true }).decode(bytes), options)
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return refuse('UTF-8 text')
    throw error
  }
}

export function parseConfig(yamlText: string, options: ParseOptions): ConfigResult {
  const read = readYaml(yamlText, options.file)
  if (!read.ok) return read
  const { yaml } = read
  const laid = overlay(yaml.value, options.env, options.overrides ?? {})
  const problems: ConfigProblem[] = [...laid.problems]
  const raw = laid.value

  const add: AddProblem = (path, expected, more) => {
    const name = formatPath(path)
    const suggestion = more?.suggestion === undefined ? {} : { suggestion: more.suggestion }
    const origin = laid.origins.get(name)
    if (origin !== undefined) problems.push({ source: origin, path: name, expected, ...suggestion })
    else problems.push({ source: options.file, path: name, ...yaml.place(path, more?.at ?? 'value'), expected, ...suggestion })
  }
  for (const key of Object.keys(raw)) {
    if (!Object.hasOwn(shape, key)) add([key], 'a setting that exists here', { suggestion: nearest(key, Object.keys(shape)), at: 'key' })
  }
  const one = <S extends z.ZodType>(schema: S, path: Path, value: unknown): z.output<S> | undefined => {
    const parsed = schema.safeParse(value, { reportInput: true })
    if (parsed.success) return parsed.data
    addSchemaProblems(add, parsed.error.issues, path)
    return undefined
  }
  const many = <S extends z.ZodType>(schema: S, key: keyof typeof shape): readonly Entry<z.output<S>>[] => {
    const value = raw[key]
    if (value === undefined) return []
    const outer = z.array(z.unknown()).max(MAX_ENTRIES, `at most ${MAX_ENTRIES} entries`)
    return (one(outer, [key], value) ?? []).flatMap((item, index) => {
      const parsed = one(schema, [key, index], item)
      return parsed === undefined ? [] : [{ path: [key, index], raw: parsed }]
    })
  }
  const get = <S extends z.ZodType>(key: string, schema: S): z.output<S> | undefined => one(schema, [key], raw[key])

  const issuer = get('issuer', shape.issuer)
  const development = get('development', shape.development)
  const bench: Bench = {
    file: resolve(options.file),
    unsafeAllowed: development === true && isLoopbackIssuer(issuer),
    named: {
      resources: namesIn(raw['resources'], 'name'),
      clients: namesIn(raw['clients'], 'id'),
      aliases: namesIn(isRecord(raw['identity']) ? raw['identity']['issuers'] : undefined, 'alias'),
    },
    add,
    secretFromEnvironment: laid.secretFromEnvironment,
    fromEnvironment: (setting) => laid.fromEnvironment(setting.join('.')),
  }
  const data = resolvePath(bench, get('data', shape.data) ?? './data')
  const services = when(get('services', shape.services), (value) => compileServices(bench, value))
  const listen = when(get('listen', shape.listen), (value) => compileListen(bench, value, services ?? []))
  const rawStore = get('store', shape.store)
  const store = when(rawStore, (value) => compileStore(bench, value, data))
  const keys = when(get('keys', shape.keys), (value) => compileKeys(bench, value, data, services ?? []))
  if (services !== undefined && store !== undefined) checkApart(bench, services, store)
  const policy = when(get('policy', shape.policy), (value) => compilePolicy(bench, value))
  const limits = when(get('limits', shape.limits), compileLimits)
  const audit = when(get('audit', shape.audit), (value) => compileAudit(bench, value, data, store ?? { kind: 'sqlite', file: '' }))
  const identity = when(get('identity', shape.identity), (value) => compileIdentity(bench, value, issuer))
  const audiences = new Set(identity?.issuers.flatMap((each) => each.audiences))
  const control = when(get('control', shape.control), (value) => compileControl(bench, value, { issuerAudiences: audiences, dataDirectory: data }))
  const log = get('log', shape.log)
  if (issuer !== undefined && development !== undefined) compileIssuer(bench, issuer, development)

  const rawResources = many(resourceSchema, 'resources')
  const resources = compileResources(bench, rawResources, limits, issuer)
  const tools = compileTools(bench, rawResources)
  const planes = listen === undefined || 'shared' in listen ? undefined : listen
  const certificates = planes?.tls?.clientCaFile !== undefined
  const rawClients = many(clientSchema, 'clients')
  const clients = compileClients(bench, rawClients, {
    taskLifetimeSeconds: limits?.taskLifetimeSeconds,
    trustDomain: identity?.spiffe?.trustDomain,
    kinds: new Map(rawClients.map((entry) => [entry.raw.id, entry.raw.kind])),
    resources: rawResources.map((entry) => entry.raw),
    certificates: { verified: certificates || planes?.front !== undefined, shown: planes?.tls !== undefined || planes?.front !== undefined },
  })
  const kinds = new Map(rawClients.map((entry) => [entry.raw.id, entry.raw.kind]))
  const node = when(get('node', shape.node), (value) => compileNode(bench, value, rawStore, kinds))
  const profiles = compileProfiles(bench, many(profileSchema, 'profiles'))
  const rawGateways = many(gatewaySchema, 'gateways')
  checkFinalDoors(bench, rawResources, rawGateways)
  const gateways = compileGateways(bench, rawGateways, {
    certificates,
    socket: listen !== undefined && 'gatewaysSocket' in listen && listen.gatewaysSocket !== undefined,
  })
  problems.push(...laid.unknownVariables())

  if (problems.length > 0) return { ok: false, problems: inFileOrder(problems) }
  if (issuer === undefined || development === undefined || listen === undefined || store === undefined || keys === undefined || policy === undefined)
    return impossible()
  if (
    services === undefined ||
    node === undefined ||
    identity === undefined ||
    control === undefined ||
    limits === undefined ||
    audit === undefined ||
    log === undefined
  )
    return impossible()
  const config: BailiwickConfig = {
    file: bench.file,
    issuer,
    services,
    listen,
    node,
    dataDirectory: data,
    store,
    keys,
    policy,
    identity,
    development,
    control,
    clients,
    resources,
    tools,
    profiles,
    gateways,
    limits,
    audit,
    log,
  }
  return { ok: true, config: deepFreeze(config) }
}

const MAX_ENTRIES = 5000

function when<A, B>(value: A | undefined, use: (value: A) => B): B | undefined {
  return value === undefined ? undefined : use(value)
}

function namesIn(entries: unknown, key: string): ReadonlySet<string> {
  const names = Array.isArray(entries) ? entries.map((entry: unknown) => (isRecord(entry) ? entry[key] : undefined)) : []
  return new Set(names.filter((name) => typeof name === 'string'))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function inFileOrder(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.toSorted((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || (a.column ?? 0) - (b.column ?? 0))
}

function impossible(): never {
  throw new Error('a section of the configuration failed without a problem')
}
