// Files and stdin as commands read and write them: bounded, secrets private. Never takes a secret from the command line itself.
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { CliError, EXIT } from './exit-code.ts'
import { looksLikeToken } from './terminal/clean.ts'

const MAX_BYTES = 4 * 1024 * 1024

export interface Input {
  readonly text: string
  /** Group or others may read the file. */
  readonly open: boolean
}

export interface InputFiles {
  /** A file, or stdin for `-`. `what` names it in messages: "the subject token". */
  read(pathOrDash: string, what: string): Promise<Input>
}

export function createInputFiles(resolve: (path: string) => string, stdin: AsyncIterable<Uint8Array | string> | undefined): InputFiles {
  let stdinTaken = false
  return {
    read: async (path, what) => {
      if (looksLikeToken(path)) {
        throw new CliError(EXIT.usage, `${what} is read from a file or from stdin (-), never from the command line: it is now in the history of your shell`)
      }
      if (path !== '-') return readFile(resolve(path), what)
      if (stdinTaken) throw new CliError(EXIT.usage, 'only one option can read stdin (-)')
      stdinTaken = true
      return { text: await drain(stdin, what), open: false }
    },
  }
}

function readFile(path: string, what: string): Input {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, 'r')
    // Not the size: a pipe (`<(...)`) has none before it is read.
    const buffer = Buffer.alloc(MAX_BYTES + 1)
    let length = 0
    for (;;) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null)
      length += read
      if (read === 0 || length > MAX_BYTES) break
    }
    if (length > MAX_BYTES) throw new CliError(EXIT.usage, `${what} in ${path} is larger than ${MAX_BYTES} bytes`)
    const stat = fstatSync(descriptor)
    return { text: buffer.toString('utf8', 0, length), open: stat.isFile() && process.platform !== 'win32' && (stat.mode & 0o077) !== 0 }
  } catch (error) {
    if (error instanceof CliError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new CliError(EXIT.usage, `${what} cannot be read from ${path} (${code})`, { cause: error })
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

async function drain(stdin: AsyncIterable<Uint8Array | string> | undefined, what: string): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stdin ?? []) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > MAX_BYTES) throw new CliError(EXIT.usage, `${what} on stdin is larger than ${MAX_BYTES} bytes`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** 0600 from the first byte, whole or not at all; replaces what had the name, a link itself and not what it points to. */
export function writeSecretFile(path: string, content: string): void {
  const fresh = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    writeFileSync(fresh, `${content}\n`, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(fresh, path)
  } catch (error) {
    if (existsSync(fresh)) rmSync(fresh, { force: true })
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new CliError(EXIT.failure, `${path} cannot be written (${code})`, { cause: error })
  }
}
