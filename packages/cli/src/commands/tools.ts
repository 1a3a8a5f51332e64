// `bailiwick tools`: what an MCP server lists, pinned to a file that people review, and compared with it afterwards. A credential comes from a file
// or from the configuration and goes to the server alone.
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { parseResourceName, systemClock } from '@bailiwick/core'
import type { PinnedServerConfig } from '@bailiwick/config'
import { createBearer } from '@bailiwick/profiles'
import { compareTools, compileTools, makeToolsFile, readToolsFile, writeToolsFile } from '@bailiwick/tool-schemas'
import type { ListedTool, PinnedTool, ToolNames, ToolsFile } from '@bailiwick/tool-schemas'
import { listLiveServers } from '@bailiwick/tool-schemas/live'
import type { AskedServer } from '@bailiwick/tool-schemas/live'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'
import type { ToolsOptions, ToolsPinOptions } from '../program/tools-commands.ts'
import { describeChanges } from '../pinned/describe-changes.ts'

const TIMEOUT_MS = 30_000

interface Place {
  readonly resource: string
  readonly servers: readonly AskedServer[]
  readonly names: ToolNames
  readonly file: string
}

export async function checkTools(context: Context, resource: string, options: ToolsOptions): Promise<void> {
  const { terminal } = context
  const place = await placeOf(context, resource, options)
  const pinned = readFile(place)
  const changes = compareTools(pinned.tools, await listTools(context, place))
  if (terminal.json) terminal.value({ resource, file: place.file, digest: pinned.digest, tools: pinned.tools.length, changes })
  else if (changes.length === 0) terminal.data(`${terminal.good('same')}  ${resource}: ${count(pinned.tools.length)} as pinned in ${place.file}`)
  else terminal.data(describeChanges(changes, terminal))
  if (changes.length === 0) return
  throw new CliError(EXIT.failure, `${resource}: ${count(changes.length)} not as pinned. Review it; if it is meant: bailiwick tools pin ${resource}`)
}

export async function pinTools(context: Context, resource: string, options: ToolsPinOptions): Promise<void> {
  const { terminal } = context
  const place = await placeOf(context, resource, options)
  const before = existsSync(place.file) ? readFile(place) : undefined
  const listed = await listTools(context, place)
  const file = makeToolsFile(resource, listed.map(withUnchecked(before?.tools ?? [], parseUnchecked(options.unchecked ?? []))))
  refuseUncheckable(file)
  const changes = compareTools(before?.tools ?? [], listed)
  replaceFile(place.file, writeToolsFile(file))
  if (terminal.json) return terminal.value({ resource, file: place.file, digest: file.digest, tools: file.tools.length, changes })
  if (changes.length > 0) terminal.data(describeChanges(changes, terminal))
  terminal.data(`${terminal.good('pinned')}  ${resource}: ${count(file.tools.length)} in ${place.file}`)
  const left = file.tools.flatMap(({ name, unchecked }) => unchecked.map((pointer) => `${name}:${pointer}`))
  if (left.length > 0) terminal.say(terminal.err.warn(`left to the server: ${left.join(', ')}`))
  terminal.say('Read the descriptions as a model will, then commit the file.')
}

/** What the options say, over what the configuration says of the resource. */
async function placeOf(context: Context, resource: string, options: ToolsOptions): Promise<Place> {
  const name = parseResourceName(resource)
  if (name === undefined) throw new CliError(EXIT.usage, `${resource} is not the name of a resource`)
  const needsConfig = options.server === undefined || options.file === undefined
  const configured = needsConfig || context.configNamed ? context.loadConfig().tools.get(name) : undefined
  const file = options.file === undefined ? configured?.file : context.resolve(options.file)
  const servers = await serversOf(context, configured?.servers ?? [], options)
  if (servers.length === 0 || file === undefined)
    throw new CliError(EXIT.usage, `${resource} has no tools section in the configuration: give it one, or --server and --file`)
  return { resource, servers, names: namesOf(options.names ?? configured?.names ?? 'own'), file }
}

async function serversOf(context: Context, configured: readonly PinnedServerConfig[], options: ToolsOptions): Promise<readonly AskedServer[]> {
  const given = (options.server ?? []).map(parseServer)
  if (given.length > 1 && (given.some(({ name }) => name === undefined) || new Set(given.map(({ name }) => name)).size < given.length))
    throw new CliError(EXIT.usage, 'several --server need a name each, such as --server tickets=https://tickets.internal/mcp')
  const shown = await headersIn(context, options)
  const known = (url: string, name: string | undefined): PinnedServerConfig | undefined =>
    configured.length === 1 && name === undefined ? configured[0] : configured.find((one) => one.name === name && one.url === url)
  const asked = (name: string | undefined, url: string, credential: PinnedServerConfig | undefined): AskedServer => ({
    name,
    url,
    headers: async () => {
      if (options.bearerFile !== undefined || credential === undefined) return shown
      const token = await configuredToken(credential)
      return token === undefined ? shown : { ...shown, authorization: `Bearer ${token}` }
    },
  })
  if (given.length === 0) return configured.map((one) => asked(one.name, one.url, one))
  return given.map(({ name, url }) => asked(name, url, known(url, name)))
}

/** A URL may hold an equals sign too; what stands before one is a name only where it looks like one. */
function parseServer(text: string): { readonly name: string | undefined; readonly url: string } {
  const [, name, named] = /^([A-Za-z0-9][A-Za-z0-9-]{0,63})=(.+)$/.exec(text) ?? []
  const url = named ?? text
  if (URL.parse(url) === null) throw new CliError(EXIT.usage, '--server needs a URL, or name=URL')
  return { name, url }
}

function namesOf(text: string): ToolNames {
  if (text !== 'own' && text !== 'joined') throw new CliError(EXIT.usage, '--names is own or joined')
  return text
}

/** What the options show every server that is asked. */
async function headersIn(context: Context, { bearerFile, headerFile = [] }: ToolsOptions): Promise<Readonly<Record<string, string>>> {
  const headers: Record<string, string> = {}
  for (const given of headerFile) {
    const equals = given.indexOf('=')
    if (equals < 1) throw new CliError(EXIT.usage, '--header-file needs name=path, such as --header-file x-api-key=./key')
    headers[given.slice(0, equals).toLowerCase()] = await secret(context, given.slice(equals + 1), 'the header')
  }
  return bearerFile === undefined ? headers : { ...headers, authorization: `Bearer ${await secret(context, bearerFile, 'the token')}` }
}

async function secret(context: Context, path: string, what: string): Promise<string> {
  const text = (await context.files.read(path, what)).text.trim()
  if (!/^[\x21-\x7e]+$/.test(text)) throw new CliError(EXIT.usage, `${what} in ${path} is not one line of printable ASCII`)
  return text
}

async function configuredToken({ authentication }: PinnedServerConfig): Promise<string | undefined> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  return await createBearer(authentication, { clock: systemClock, fetch, closed: signal }).token(signal)
}

async function listTools({ terminal }: Context, { resource, servers, names }: Place): Promise<readonly ListedTool[]> {
  const where = [...new Set(servers.map(({ url }) => new URL(url).origin))].join(', ')
  const done = terminal.progress(`asking ${where} for its tools`)
  const live = await listLiveServers(servers, names, { fetch, timeoutMs: TIMEOUT_MS }).finally(done)
  if (live.ok) return live.tools
  throw new CliError(EXIT.unreachable, `the tools of ${resource} cannot be read from ${where}: ${live.problem}`)
}

function readFile({ resource, file }: Place): ToolsFile {
  const read = readToolsFile(file, resource)
  if (read.ok) return read.file
  throw new CliError(EXIT.failure, `${file}: expected ${read.problems.join('; ')}`)
}

function parseUnchecked(given: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const text of given) {
    const [, tool = '', pointer = ''] = /^([^:]+):(\/.+)$/.exec(text) ?? []
    if (tool === '') throw new CliError(EXIT.usage, '--unchecked needs tool:pointer, such as customer_find:/properties/email/pattern')
    found.set(tool, [...(found.get(tool) ?? []), pointer])
  }
  return found
}

/** What was left to the server before stays so while its schema is the same; a changed schema is looked at anew. */
function withUnchecked(before: readonly PinnedTool[], given: ReadonlyMap<string, readonly string[]>): (tool: ListedTool) => PinnedTool {
  return (tool) => {
    const kept = before.find(({ name, digest }) => name === tool.name && digest === tool.digest)?.unchecked ?? []
    return { ...tool, unchecked: [...new Set([...kept, ...(given.get(tool.name) ?? [])])].toSorted() }
  }
}

function refuseUncheckable(file: ToolsFile): void {
  const compiled = compileTools(file)
  if (compiled.ok) return
  const lines = compiled.problems.map(({ tool, pointer, expected }) => `  ${tool}  ${pointer === '' ? '(schema)' : pointer}\n      expected ${expected}`)
  const example = compiled.problems.find(({ pointer }) => pointer !== '')
  const hint = example === undefined ? '' : `\nTo leave a keyword to the server, after review: --unchecked ${example.tool}:${example.pointer}`
  throw new CliError(EXIT.failure, `these schemas cannot be enforced:\n${lines.join('\n')}${hint}`)
}

/** Whole or not at all; readable like any other file of the repository it belongs to. */
function replaceFile(path: string, text: string): void {
  const fresh = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    writeFileSync(fresh, text, { flag: 'wx', flush: true })
    renameSync(fresh, path)
  } catch (error) {
    throw new CliError(EXIT.failure, `${path} cannot be written`, { cause: error })
  }
}

function count(tools: number): string {
  return `${tools} ${tools === 1 ? 'tool' : 'tools'}`
}
