// The service's process: what `bailiwick serve` runs, plus a CPU profiler that its starter can turn on and off. Nothing else is different.
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { loadConfig } from '@bailiwick/config'
import { createLogger } from '@bailiwick/runtime'
import { startStandalone } from '@bailiwick/standalone'
import { isServiceOrder } from './orders.ts'
import type { ServiceEvent } from './orders.ts'

const SAMPLE_EVERY_US = 200
const READY_TRIES = 120

const loaded = loadConfig({ file: process.argv[2] ?? '', env: {} })
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
const standalone = await startStandalone({ config: loaded.config, log: createLogger({ level: loaded.config.log.level }) })
for (let tries = 0; tries < READY_TRIES && (await standalone.ready()).length > 0; tries++) await delay(50)

const tell = (event: ServiceEvent): void => void process.send?.(event)
let session: Session | undefined

async function startProfile(): Promise<void> {
  session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US })
  await session.post('Profiler.start')
}

async function stopProfile(file: string): Promise<void> {
  if (session === undefined) return
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  session = undefined
  writeFileSync(file, JSON.stringify(profile), { mode: 0o600 })
}

process.on('message', (message: unknown) => {
  if (!isServiceOrder(message)) return
  const work = message.type === 'profile' ? startProfile() : stopProfile(message.file)
  void work.finally(() => tell({ type: 'done' }))
})
// Whoever started this process is gone, or wants it gone.
process.on('disconnect', () => void standalone.close().finally(() => process.exit(0)))
tell({ type: 'ready', operatorTokenFile: standalone.operatorToken.path })
