// Who a command acts as: a client with its proof, or the operator; and on whose authority.
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { readClientCredential } from './client-credential.ts'
import type { ClientCredential, ClientOptions } from './client-credential.ts'
import { readPresentedToken } from './token-input.ts'
import type { PresentedToken, TokenType } from './token-input.ts'

export interface SubjectOptions {
  readonly subjectTokenFile?: string
  readonly subjectTokenType?: TokenType
}

export interface Caller {
  readonly client?: ClientCredential
  readonly subject?: PresentedToken
}

export async function readCaller(context: Context, options: ClientOptions & SubjectOptions): Promise<Caller> {
  const { files, clock } = context
  const client = await readClientCredential(options, { files, clock, audience: context.issuer, warn: (text) => warn(context, text) })
  const subject = await readSubject(context, options)
  return { ...(client === undefined ? {} : { client }), ...(subject === undefined ? {} : { subject }) }
}

/** Control, as this caller: a client calls on the agents' plane and proves itself in the body, everybody else is the operator. */
export async function atControl(
  context: Context,
  { client, subject }: Caller,
): Promise<{ readonly endpoint: Endpoint; readonly members: Readonly<Record<string, string>> }> {
  const about = subject === undefined ? {} : { subject_token: subject.token, subject_token_type: subject.type }
  if (client === undefined) return { endpoint: context.control(), members: about }
  return { endpoint: context.plane('agents'), members: { ...(await client.prove()), ...about } }
}

async function readSubject(context: Context, { subjectTokenFile: path, subjectTokenType: type }: SubjectOptions): Promise<PresentedToken | undefined> {
  if (path !== undefined) return await readPresentedToken(context.files, { path, type, what: 'the subject token', warn: (text) => warn(context, text) })
  if (type !== undefined) throw new CliError(EXIT.usage, '--subject-token-type needs --subject-token-file')
  return undefined
}

export function warn({ terminal }: Context, text: string): void {
  terminal.say(terminal.err.warn(text))
}
