// Tokens that commands are given: from a file or stdin, and of which type they are declared. Judges nothing: the type is what the token says of itself.
import { CliError, EXIT } from '../exit-code.ts'
import type { InputFiles } from '../files.ts'
import { readToken } from '../inspect/read-token.ts'
import { kindOf } from '../inspect/token-kind.ts'

export const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:'
export const TOKEN_TYPES = ['id_token', 'access_token', 'jwt'] as const
export type TokenType = (typeof TOKEN_TYPES)[number]

export interface PresentedToken {
  readonly token: string
  /** The full URI. */
  readonly type: string
}

export async function readTokenText(files: InputFiles, path: string, what: string, warn: (text: string) => void): Promise<string> {
  const input = await files.read(path, what)
  const token = input.text.trim()
  if (token === '') throw new CliError(EXIT.usage, `${what} is empty${path === '-' ? ' on stdin' : `: ${path}`}`)
  if (/\s/.test(token)) throw new CliError(EXIT.usage, `${what} must be one token and nothing else${path === '-' ? ' on stdin' : `: ${path}`}`)
  if (input.open) warn(`${what} in ${path} can be read by others on this machine: chmod 600 ${path}`)
  return token
}

export async function readPresentedToken(
  files: InputFiles,
  options: { readonly path: string; readonly type: TokenType | undefined; readonly what: string; readonly warn: (text: string) => void },
): Promise<PresentedToken> {
  const token = await readTokenText(files, options.path, options.what, options.warn)
  return { token, type: `${TOKEN_TYPE}${options.type ?? guessType(token)}` }
}

/** By what the token says of itself; what it cannot be told from is most often an id_token. */
function guessType(token: string): TokenType {
  const form = readToken(token)
  const kind = form.form === 'jws' ? kindOf(form.read) : 'unknown'
  switch (kind) {
    case 'task_token':
    case 'jwt_svid':
      return 'jwt'
    case 'runtime_token':
    case 'access_token':
      return 'access_token'
    case 'id_token':
    case 'client_assertion':
    case 'unknown':
      return 'id_token'
  }
}
