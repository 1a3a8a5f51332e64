// Keeps every processor awake while something is measured: a spinner each, at a priority below everything else's, so that it only takes what nobody wants. What
// a figure gains by it is what the machine's own sleep costs. Linux with `chrt` only.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

const SPINNER = `
  process.once('disconnect', () => process.exit())
  ;(function spin() {
    for (const until = performance.now() + 20; performance.now() < until;);
    setImmediate(spin)
  })()`
const STARTED_MS = 500

/** Resolves with what `work` gives, or undefined where spinners cannot be had: `work` was not done then. */
export async function whileAwake<T>(work: () => Promise<T>): Promise<T | undefined> {
  if (process.platform !== 'linux') return undefined
  let isThere = true
  const spinners = Array.from({ length: availableParallelism() }, () =>
    // They end with the channel, however this process ends.
    spawn('chrt', ['--idle', '0', process.execPath, '-e', SPINNER], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
      .once('error', () => (isThere = false))
      .once('exit', () => (isThere = false)),
  )
  try {
    await new Promise((resolve) => setTimeout(resolve, STARTED_MS))
    return isThere ? await work() : undefined
  } finally {
    for (const spinner of spinners) spinner.kill('SIGKILL')
  }
}
