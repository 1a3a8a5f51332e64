// A network that can be broken by who speaks: a TCP proxy in front of one server, which knows its clients by what they first say. What is cut falls silent:
// nothing passes, nothing is closed, as with a lost route. Whatever waited passes when it is healed.
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'

export interface Partition {
  readonly port: number
  /** Where it leads; nothing does before. */
  lead(port: number): void
  /** From now on what matches does not pass, also of whoever comes anew. `towards`: on its way to the server. */
  cut(isCut: (speaker: string, towards: boolean) => boolean): void
  heal(): void
  /** Everything that passes takes so much longer. */
  delay(ms: number): void
  close(): Promise<void>
}

interface Passage {
  speaker: string
  readonly towards: Lane
  readonly back: Lane
}

/** One of the two streams. */
interface Lane {
  /** What is on its way, in the order it was sent: nothing overtakes, as in any stream. */
  readonly moves: { readonly move: () => void; readonly dueMs: number }[]
  timer: NodeJS.Timeout | undefined
}

/** A node of ours by its name, `replica <port>`, `sentinel <beginning of its id>`; until then nobody. */
const SPEAKERS: readonly [pattern: RegExp, name: (found: RegExpExecArray) => string][] = [
  [/bailiwick:([A-Za-z0-9._-]+):/, (found) => found[1] ?? ''],
  [/listening-port\r\n\$\d+\r\n(\d+)/, (found) => `replica ${found[1] ?? ''}`],
  [/sentinel-([0-9a-f]{8})/, (found) => `sentinel ${found[1] ?? ''}`],
]
const HEARD_BYTES = 4_096

export async function startPartition(): Promise<Partition> {
  const passages = new Set<Passage>()
  const sockets = new Set<Socket>()
  let target: number | undefined
  let isCut: ((speaker: string, towards: boolean) => boolean) | undefined
  let delayMs = 0

  const drain = (passage: Passage, lane: Lane): void => {
    clearTimeout(lane.timer)
    for (let head = lane.moves[0]; head !== undefined; head = lane.moves[0]) {
      if (isCut?.(passage.speaker, lane === passage.towards) === true) return
      const leftMs = head.dueMs - performance.now()
      if (leftMs > 0) {
        lane.timer = setTimeout(() => drain(passage, lane), Math.ceil(leftMs))
        return
      }
      lane.moves.shift()
      head.move()
    }
  }

  const pass = (passage: Passage, lane: Lane, move: () => void): void => {
    lane.moves.push({ move, dueMs: performance.now() + delayMs })
    drain(passage, lane)
  }

  const server = createServer((from) => {
    if (target === undefined) return void from.destroy()
    const to = connect(target, '127.0.0.1')
    const passage: Passage = { speaker: '', towards: { moves: [], timer: undefined }, back: { moves: [], timer: undefined } }
    passages.add(passage)
    let heard = ''
    for (const [a, b, lane] of [
      [from, to, passage.towards],
      [to, from, passage.back],
    ] as const) {
      sockets.add(a)
      a.setNoDelay(true)
      a.on('data', (bytes: Buffer) => {
        if (lane === passage.towards && heard.length < HEARD_BYTES) {
          heard += bytes.toString('latin1')
          passage.speaker = speakerIn(heard) ?? passage.speaker
        }
        pass(passage, lane, () => {
          if (!b.destroyed) b.write(bytes)
        })
      })
      a.on('end', () => pass(passage, lane, () => b.end()))
      a.on('error', () => undefined)
      a.on('close', () => {
        sockets.delete(a)
        pass(passage, lane, () => {
          b.destroy()
          passages.delete(passage)
        })
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    lead(port) {
      target = port
    },
    cut(given) {
      isCut = given
    },
    heal() {
      isCut = undefined
      for (const passage of passages) for (const lane of [passage.towards, passage.back]) drain(passage, lane)
    },
    delay(ms) {
      delayMs = ms
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function speakerIn(text: string): string | undefined {
  for (const [pattern, name] of SPEAKERS) {
    const found = pattern.exec(text)
    if (found !== null) return name(found)
  }
  return undefined
}
