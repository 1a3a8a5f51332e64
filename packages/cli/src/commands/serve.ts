// `bailiwick serve`: the services of this process, until a signal.
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { BailiwickConfig } from '@bailiwick/config'
import { createLogger, parseTracingSettings, shutdownOnSignal } from '@bailiwick/runtime'
import type { TracingSettings } from '@bailiwick/runtime'
import { startNode } from '@bailiwick/standalone'
import type { RunningNode } from '@bailiwick/standalone'
import type { Context, Environment } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { fields } from '../terminal/layout.ts'
import type { Terminal } from '../terminal/terminal.ts'

const READY_TRIES = 120
const READY_EVERY_MS = 250

export async function serve({ terminal, ...context }: Context): Promise<void> {
  const config = context.loadConfig()
  const tracing = tracingOf(context.env)
  const log = createLogger({ level: config.log.level })
  const starting = terminal.progress('starting')
  const node = await startNode({ config, log, tracing }).catch((error: unknown) => {
    throw startError(error)
  })
  starting()
  shutdownOnSignal({ close: () => node.close(), onFailure: (error) => log.error({ err: error }, 'shutdown failed') })
  tell(terminal, node, config)
  await untilReady(terminal, node)
  // The listeners keep the process alive; a signal ends it.
  await new Promise<never>(() => {})
}

/** OpenTelemetry's own variables: they say where traces go, and nothing else. */
function tracingOf(env: Environment): TracingSettings | undefined {
  const parsed = parseTracingSettings(env)
  if (!parsed.ok) throw new CliError(EXIT.failure, parsed.problem)
  return parsed.settings
}

function tell(terminal: Terminal, { urls, operatorToken, dataDirectory }: RunningNode, { development, node, services }: BailiwickConfig): void {
  if (terminal.json)
    return terminal.value({
      urls,
      data: dataDirectory,
      node: node.id,
      services,
      ...(operatorToken === undefined ? {} : { operator_token_file: operatorToken.path }),
    })
  const planes = [
    ['agents', urls.agents],
    ['gateways', urls.gateways],
    ['operators', urls.operators],
  ] as const
  const list = urls.agents !== undefined && urls.agents === urls.operators ? ([['listening', urls.agents]] as const) : planes
  const parts = services.length === 3 ? [] : ([['services', services.join(', ')]] as const)
  // Another control made the operators they share, and has the token.
  const operator = operatorToken === undefined || !existsSync(operatorToken.path) ? [] : ([['operator', `${operatorToken.path} holds the token`]] as const)
  terminal.say(fields([...parts, ...list, ['data', dataDirectory], ...operator], { width: terminal.columns, palette: terminal.err }))
  // The secret itself only to a person: a log that captures this output keeps a path.
  if (operatorToken?.token !== undefined && terminal.interactive) terminal.secret(`operator token (shown once): ${operatorToken.token}`)
  if (development) terminal.say(terminal.err.warn('development: not for production'))
}

async function untilReady(terminal: Terminal, node: RunningNode): Promise<void> {
  for (let tries = 1; tries <= READY_TRIES; tries++) {
    const problems = await node.ready()
    if (problems.length === 0) return terminal.say(terminal.err.good('ready'))
    if (tries === READY_TRIES) for (const { check, problem } of problems) terminal.say(terminal.err.bad(`not ready: ${check}: ${problem}`))
    await delay(READY_EVERY_MS)
  }
}

function startError(error: unknown): CliError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const { address, port } = error instanceof Error && 'port' in error ? { address: Reflect.get(error, 'address') as unknown, port: error.port } : {}
  if (code === 'EADDRINUSE') return new CliError(EXIT.failure, `${String(address)}:${String(port)} is taken: is Bailiwick running already?`, { cause: error })
  return new CliError(EXIT.failure, `cannot start: ${error instanceof Error ? error.message : 'unknown failure'}`, { cause: error })
}
