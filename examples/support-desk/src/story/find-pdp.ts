// The Cerbos process below this one, to show what happens when it dies. Throws when there is not exactly one: a signal to pid 0 would be one to ourselves.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

interface Process {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

export function findPdp(): number {
  const processes = process.platform === 'linux' ? fromProc() : fromPs()
  const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]))
  const isOurs = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 0; at = parents.get(at)) if (at === process.pid) return true
    return false
  }
  const found = processes.filter(({ pid, command }) => /\/cerbos[^/]*$/.test(command) && isOurs(pid))
  const [pdp] = found
  if (pdp === undefined || found.length !== 1) throw new Error(`expected one Cerbos process, found ${found.length}`)
  return pdp.pid
}

function fromProc(): readonly Process[] {
  const found: Process[] = []
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const [, parent] = readFileSync(`/proc/${entry}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      found.push({ pid: Number(entry), parent: Number(parent), command: readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0')[0] ?? '' })
    } catch {
      // It ended while we looked.
    }
  }
  return found
}

function fromPs(): readonly Process[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid=,comm='], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }]
  })
}
