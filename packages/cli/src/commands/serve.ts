// `bailiwick serve`: the three services in one process, until a signal.
import { setTimeout as delay } from 'node:timers/promises'
import { createLogger, shutdownOnSignal } from '@bailiwick/runtime'
import { startStandalone } from '@bailiwick/standalone'
import type { Context } from '../context.ts'

const READY_TRIES = 120
const READY_EVERY_MS = 250

export async function serve({ terminal, ...context }: Context): Promise<void> {
  const config = context.loadConfig()
  const log = createLogger({ level: config.log.level })
  const standalone = await startStandalone({ config, log })
  shutdownOnSignal({ close: () => standalone.close(), onFailure: (error) => log.error({ err: error }, 'shutdown failed') })
  const { urls, operatorToken } = standalone
  if (terminal.json) terminal.value({ urls, data: standalone.dataDirectory, operator_token_file: operatorToken.path })
  else {
    const planes =
      urls.agents === urls.operators
        ? [`listening on ${urls.agents}`]
        : [`agents     ${urls.agents}`, `gateways   ${urls.gateways}`, `operators  ${urls.operators}`]
    for (const line of planes) terminal.say(line)
    // The secret itself only to a person: a log that captures this output keeps a path.
    if (operatorToken.token !== undefined && terminal.interactive) terminal.say(`operator token (shown once): ${operatorToken.token}`)
    terminal.say(`operator token file: ${operatorToken.path}`)
  }
  for (let tries = 0; tries < READY_TRIES; tries++) {
    const problems = await standalone.ready()
    if (problems.length === 0) {
      terminal.say(terminal.good('ready'))
      break
    }
    if (tries === READY_TRIES - 1) for (const { check, problem } of problems) terminal.say(terminal.bad(`not ready: ${check}: ${problem}`))
    await delay(READY_EVERY_MS)
  }
  // The listeners keep the process alive; a signal ends it.
  await new Promise<never>(() => {})
}
