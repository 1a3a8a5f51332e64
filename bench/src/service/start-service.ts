// Starts the service as a process of its own and finds the decision point it supervises.
import { fork } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { descendantsOf } from '../proc/process-usage.ts'
import { isServiceEvent } from './orders.ts'
import type { ServiceEvent, ServiceOrder } from './orders.ts'

export interface RunningService {
  readonly pid: number
  /** Undefined where /proc does not tell. */
  readonly pdpPid: number | undefined
  readonly cerbosAddress: string
  readonly operatorTokenFile: string
  startProfile(): Promise<void>
  stopProfile(file: string): Promise<void>
  close(): Promise<void>
}

const SERVE = fileURLToPath(new URL('./serve.ts', import.meta.url))
const START_MS = 30_000
const END_MS = 10_000
const CONFIG_FLAG = '--config='

/** `env`: all the service sees of one. */
export async function startService(configFile: string, env: Readonly<Record<string, string>>): Promise<RunningService> {
  // Of this process's environment and flags only what every root command and the container image have: the service runs as it would alone.
  const child = fork(SERVE, [configFile], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: ['--max-semi-space-size=8', '--v8-pool-size=1'], env })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const nextEvent = (type: ServiceEvent['type'], withinMs: number): Promise<ServiceEvent> =>
    new Promise((resolve, reject) => {
      const settle = (outcome: () => void): void => {
        clearTimeout(timer)
        child.off('message', onMessage)
        child.off('exit', onExit)
        outcome()
      }
      const onMessage = (message: unknown): void => {
        if (isServiceEvent(message) && message.type === type) settle(() => resolve(message))
      }
      const onExit = (code: number | null): void => settle(() => reject(new Error(`the service ended with code ${code ?? 'unknown'}`)))
      const timer = setTimeout(() => settle(() => reject(new Error(`the service did not say "${type}" in time`))), withinMs)
      child.on('message', onMessage)
      child.once('exit', onExit)
    })
  const close = async (): Promise<void> => {
    if (child.connected) child.disconnect()
    const timer = setTimeout(() => child.kill('SIGKILL'), END_MS)
    await exited
    clearTimeout(timer)
  }
  const order = async (what: ServiceOrder): Promise<void> => {
    const done = nextEvent('done', END_MS)
    child.send(what)
    await done
  }

  try {
    const ready = await nextEvent('ready', START_MS)
    if (ready.type !== 'ready' || child.pid === undefined) throw new Error('the service did not start')
    const pdp = descendantsOf(child.pid).find(({ commandLine }) => commandLine[1] === 'server' && commandLine.some((word) => word.startsWith(CONFIG_FLAG)))
    const pdpConfig = pdp?.commandLine.find((word) => word.startsWith(CONFIG_FLAG))?.slice(CONFIG_FLAG.length)
    if (pdp === undefined || pdpConfig === undefined) throw new Error('the decision point of the service was not found: /proc is needed')
    return {
      pid: child.pid,
      pdpPid: pdp.pid,
      cerbosAddress: `unix:${join(dirname(pdpConfig), 'grpc.sock')}`,
      operatorTokenFile: ready.operatorTokenFile,
      startProfile: () => order({ type: 'profile' }),
      stopProfile: (file) => order({ type: 'stop_profile', file }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
