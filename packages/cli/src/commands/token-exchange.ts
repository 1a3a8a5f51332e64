// `bailiwick token exchange` and `token batch`: what an agent does at boot, from a shell. Tokens are kept in files or printed when asked, and never otherwise.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '@bailiwick/core'
import type { Context } from '../context.ts'
import { readCaller, warn } from '../credentials/caller.ts'
import { readPresentedToken, TOKEN_TYPE } from '../credentials/token-input.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { writeSecretFile } from '../files.ts'
import { at, isObject, listOf, pick, textAt } from '../http/json.ts'
import type { ExchangeBatchOptions, ExchangeOneOptions, ExchangeOptions } from '../program/task-commands.ts'
import { fields, table } from '../terminal/layout.ts'
import { both, relative } from '../terminal/time.ts'

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const HIDDEN = 'not shown: -o keeps it, --print-token prints it'

export async function exchangeToken(context: Context, options: ExchangeOneOptions): Promise<void> {
  const { terminal, clock } = context
  const members = await toMembers(context, options)
  const { resource, scope, out, printToken = false } = options
  const form = new URLSearchParams({ grant_type: GRANT_TYPE, ...members, [resource.includes('://') ? 'resource' : 'audience']: resource })
  if (scope !== undefined) form.set('scope', scope)
  const { body } = await context.plane('agents').post('/oauth2/token', form)
  const token = tokenOf(body)
  if (token === undefined) throw new CliError(EXIT.failure, 'the answer has no token: is this Bailiwick?')
  const file = out === undefined ? undefined : context.resolve(out)
  if (file !== undefined) writeSecretFile(file, token)
  if (terminal.json) return terminal.value({ resource, ...withoutToken(body, printToken), ...(file === undefined ? {} : { token_file: file }) })
  const now = clock.nowMs()
  const told = fields(
    [
      ['issued', `${terminal.good(resource)}${textAt(body, 'scope') === undefined ? '' : `, scope ${pick(body, 'scope')}`}`],
      ['task', textAt(body, 'task_id')],
      ['expires', both(expiryOf(body, now), now)],
      ['token', file ?? (printToken ? undefined : terminal.dim(HIDDEN))],
    ],
    { width: terminal.columns, palette: terminal },
  )
  if (!printToken) return terminal.data(told)
  terminal.say(told)
  terminal.data(token)
}

export async function exchangeBatch(context: Context, options: ExchangeBatchOptions): Promise<void> {
  const { terminal } = context
  const { resource: wanted, out, printToken = false } = options
  const members = await toMembers(context, options)
  const { body } = await context
    .plane('agents')
    .post('/oauth2/token-batch', { ...members, items: wanted === undefined ? 'all' : wanted.map((resource) => ({ resource })) })
  const items = listOf(body, 'items').filter(isObject)
  const folder = out === undefined ? undefined : context.resolve(out)
  if (folder !== undefined) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const told = items.map((item) => {
    const token = tokenOf(item)
    if (token === undefined || folder === undefined) return { item, token }
    const file = join(folder, `${fileNameOf(item)}.token`)
    writeSecretFile(file, token)
    return { item, token, file }
  })
  const refused = told.filter(({ token }) => token === undefined).length
  if (terminal.json) {
    terminal.value({
      task_id: body['task_id'],
      items: told.map(({ item, file }) => ({ ...withoutToken(item, printToken), ...(file === undefined ? {} : { token_file: file }) })),
    })
  } else {
    tellBatch(context, body, told, printToken)
    if (printToken) for (const { item, token } of told) if (token !== undefined) terminal.data(`${pick(item, 'resource_name')} ${token}`)
  }
  if (refused > 0) throw new CliError(EXIT.denied, `${refused} of ${items.length} resources were refused`, { silent: terminal.json })
}

interface Told {
  readonly item: JsonObject
  readonly token: string | undefined
  readonly file?: string
}

function tellBatch({ terminal, clock }: Context, body: JsonObject, told: readonly Told[], printToken: boolean): void {
  const now = clock.nowMs()
  const rows = told.map(({ item, token, file }) =>
    token === undefined
      ? [nameOf(item), 'denied', '-', `${pick(item, 'reason')}: ${pick(item, 'error_description')}`]
      : [nameOf(item), 'issued', relative(expiryOf(item, now), now), file ?? (printToken ? 'printed' : 'not shown')],
  )
  const columns = [
    { head: 'RESOURCE', min: 16 },
    { head: 'RESULT', paint: (cell: string) => (cell.trim() === 'issued' ? terminal.good(cell) : terminal.bad(cell)) },
    { head: 'EXPIRES' },
    { head: 'TOKEN' },
  ]
  const text = `${terminal.dim('task')}  ${pick(body, 'task_id')}\n\n${table(columns, rows, terminal.columns, terminal)}`
  if (printToken) return terminal.say(text)
  terminal.data(text)
  if (told.some(({ token, file }) => token !== undefined && file === undefined))
    terminal.say('the tokens are not shown: -o keeps them, --print-token prints them')
}

/** Who asks, on whose authority, for which task. An SVID without a subject token is an agent acting for itself. */
async function toMembers(context: Context, options: ExchangeOptions): Promise<Readonly<Record<string, string>>> {
  const { client, subject: given } = await readCaller(context, options)
  if (client === undefined) throw new CliError(EXIT.usage, 'who exchanges? --client <id> with --client-key <file>, or --svid-file <file>')
  const subject = given ?? (client.svid === undefined ? undefined : { token: client.svid, type: `${TOKEN_TYPE}jwt` })
  if (subject === undefined)
    throw new CliError(EXIT.usage, "on whose authority? --subject-token-file <file> (- reads stdin): a task token, or the user's own token with --task")
  const { actorTokenFile: path, actorTokenType: type, task } = options
  const actor =
    path === undefined ? undefined : await readPresentedToken(context.files, { path, type, what: 'the actor token', warn: (text) => warn(context, text) })
  return {
    ...(await client.prove()),
    subject_token: subject.token,
    subject_token_type: subject.type,
    ...(actor === undefined ? {} : { actor_token: actor.token, actor_token_type: actor.type }),
    ...(task === undefined ? {} : { task_id: task }),
  }
}

function tokenOf(body: JsonObject): string | undefined {
  const token = body['access_token']
  return typeof token === 'string' && token !== '' ? token : undefined
}

function withoutToken({ access_token: token, ...rest }: JsonObject, printToken: boolean): JsonObject {
  return printToken && token !== undefined ? { ...rest, access_token: token } : rest
}

function expiryOf(body: JsonObject, nowMs: number): number {
  const lifetime = at(body, 'expires_in')
  return nowMs + (typeof lifetime === 'number' ? lifetime * 1000 : 0)
}

function nameOf(item: JsonObject): string {
  return textAt(item, 'resource_name') ?? pick(item, 'resource')
}

/** What the server says becomes a file name: only the form resource names have is one. */
function fileNameOf(item: JsonObject): string {
  const name = pick(item, 'resource_name')
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) throw new CliError(EXIT.failure, 'the answer names no resource a file could be named after')
  return name
}
