// A parser of another language, in a process of its own behind a pipe: framed bodies in, framed views out, in order (programs/).
import { spawn } from 'node:child_process'
import type { Asked, Parser, Seen } from './parser.ts'

interface Waiting {
  readonly resolve: (seen: Seen) => void
  readonly reject: (error: Error) => void
}

const REFUSED = '-'
const HEAD_BYTES = 5

export function startChildParser(name: string, program: string, args: readonly string[]): Parser {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const waiting: Waiting[] = []
  let complaints = ''
  let unread: Buffer = Buffer.alloc(0)
  const fail = (what: string): void => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`${name}: ${what}${complaints === '' ? '' : `: ${complaints.slice(-2000)}`}`))
  }
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaints += chunk))
  child.stdout.on('data', (chunk: Buffer) => {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk])
    let at = 0
    while (unread.length - at >= 4 && unread.length - at - 4 >= unread.readUInt32BE(at)) {
      const end = at + 4 + unread.readUInt32BE(at)
      waiting.shift()?.resolve(viewsOf(unread.toString('ascii', at + 4, end)))
      at = end
    }
    unread = unread.subarray(at)
  })
  // A pipe that closed under a write is told by the exit.
  child.stdin.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      fail(error.message)
      resolve()
    })
    child.once('close', (code, signal) => {
      fail(`ended with ${signal ?? code}`)
      resolve()
    })
  })
  return {
    name,
    read: async (asked) => {
      if (child.exitCode !== null) throw new Error(`${name} has ended`)
      const answers = asked.map(() => new Promise<Seen>((resolve, reject) => waiting.push({ resolve, reject })))
      child.stdin.write(Buffer.concat(asked.flatMap(frame)))
      return await Promise.all(answers)
    },
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}

function frame({ struct, body }: Asked): readonly Uint8Array[] {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(body.length)
  head.write(struct, 4, 1, 'ascii')
  return [head, body]
}

function viewsOf(answer: string): Seen {
  return new Map(
    answer.split('\n').map((line): [string, string | undefined] => {
      const [view = '', text = ''] = line.split('\t')
      return [view, text === REFUSED ? undefined : text]
    }),
  )
}
