// A child process that cannot outlive us, however we die: a shell holds the other end of a pipe, and when the pipe breaks, SIGKILL
// included, it kills the child and removes what the child left. POSIX sh only.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'

export interface GuardedChild {
  /** Resolves when the child is gone, with how it ended in a few words. Never rejects. */
  readonly exited: Promise<string>
  isGone(): boolean
  /** Ends the child at once. */
  kill(): void
}

export interface GuardedChildOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Emptied and removed by the guard when we are gone. Only files directly in it. */
  readonly folder: string
  /** Called for each line the child writes, always: a pipe nobody reads stalls the child. */
  readonly onLine: (line: string) => void
}

// $1 is the folder, the rest the command. The pipe is fd 3 and not stdin: Node lets go of stdin when the shell alone dies, and that is
// not us dying. The watcher waits on it with the shell's own `read`, so it leaves no child behind. Both shells let go of stdout and
// stderr: those end when the child does, and carry nothing but its own words.
const GUARD = `
folder=$1; shift
"$@" 3<&- </dev/null &
child=$!
( exec >/dev/null 2>&1
  while read -r _ <&3; do :; done
  kill -KILL "$child"
  rm -f "$folder"/*
  rmdir "$folder" ) &
watcher=$!
exec >/dev/null 2>&1
wait "$child"
code=$?
kill -KILL "$watcher"
exit "$code"
`

const MAX_LINE_LENGTH = 4_096

export function spawnGuarded({ program, args, env, folder, onLine }: GuardedChildOptions): GuardedChild {
  // A group of its own: an interrupt from the terminal reaches us, and we end the child when we are done with it.
  const shell = spawn('/bin/sh', ['-c', GUARD, 'guard', folder, program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
    env: { ...env },
  })
  drain(shell.stdout, onLine)
  drain(shell.stderr, onLine)
  // Says nothing, ever; read so that its end is noticed.
  const guard = shell.stdio[3]
  if (guard instanceof Readable) guard.on('error', () => {}).resume()
  const killGroup = (): void => {
    if (shell.pid === undefined) return
    try {
      process.kill(-shell.pid, 'SIGKILL')
    } catch {
      // Nobody of the group is left: what was wanted.
    }
  }
  const exited = new Promise<string>((resolve) => {
    shell.once('error', (cause) => resolve(`could not be started: ${cause.message}`))
    // Should the shell alone have died, the child is still there and answers on the socket the next one needs.
    shell.once('exit', killGroup)
    shell.once('close', (code, signal) => resolve(describe(code, signal)))
  })
  const isGone = (): boolean => shell.pid === undefined || shell.exitCode !== null || shell.signalCode !== null
  return {
    exited,
    isGone,
    kill: () => {
      // Later than that, the group's id could be somebody else's.
      if (!isGone()) killGroup()
    },
  }
}

/** 128 + n is how a shell reports a child that ended by signal n. */
function describe(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `ended by ${signal}`
  return code !== null && code > 128 ? `ended by signal ${code - 128}` : `ended with code ${code ?? 'unknown'}`
}

function drain(stream: Readable | null, onLine: (line: string) => void): void {
  // Null when there was no shell to start; `exited` says so.
  if (stream === null) return
  stream.on('error', () => {})
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => onLine(line.slice(0, MAX_LINE_LENGTH)))
}
