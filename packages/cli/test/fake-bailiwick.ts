// A server that answers as Bailiwick does, and as it must never: what it was asked is kept, what it answers is set.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testClock } from '@bailiwick/kit/clock'
import type { TestClock } from '@bailiwick/kit/clock'
import { run } from './run.ts'
import type { Ran, RunOptions } from './run.ts'

export const OPERATOR_TOKEN = 'bwop_Zk3v9QmT7xLw2RbN8sYpC5uHdJ4fGa1e'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface FakeBailiwick {
  readonly url: string
  readonly folder: string
  readonly clock: TestClock
  readonly seen: Seen[]
  /** What the next requests get; the last one stays. */
  answers(...handlers: readonly Handler[]): void
  /** With `--url` and the operator's token. */
  cli(args: readonly string[], options?: RunOptions): Promise<Ran>
  file(name: string, content: string, mode?: number): string
  close(): Promise<void>
}

export function json(status: number, body: object): Handler {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }
}

export async function startFakeBailiwick(): Promise<FakeBailiwick> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'))
  const clock = testClock()
  const seen: Seen[] = []
  let queue: Handler[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') })
      const handler = queue.length > 1 ? queue.shift() : queue[0]
      if (handler === undefined) json(500, {})(request, response)
      else handler(request, response)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const file = (name: string, content: string, mode = 0o600): string => {
    writeFileSync(join(folder, name), content, { mode })
    return join(folder, name)
  }
  const tokenFile = file('operator.token', `${OPERATOR_TOKEN}\n`)
  return {
    url,
    folder,
    clock,
    seen,
    answers: (...handlers) => {
      queue = [...handlers]
      seen.length = 0
    },
    cli: (args, options = {}) => run([...args, '--url', url, '--token-file', tokenFile], { cwd: folder, clock, ...options }),
    file,
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
