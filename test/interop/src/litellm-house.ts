// The support desk with a real LiteLLM in the place of its own gateway: the same identity provider, servers and Bailiwick, and the configuration of
// gateways/litellm. One LiteLLM asks through bailiwick.py, another through the guardrail API.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { makeClientKey, makeTrustDomain } from '../../../examples/support-desk/src/household/keys.ts'
import { freePorts } from '../../../examples/support-desk/src/household/start-household.ts'
import type { Household } from '../../../examples/support-desk/src/household/start-household.ts'
import { onLoopback, writeConfig } from '../../../examples/support-desk/src/household/write-config.ts'
import { startIdentityProvider } from '../../../examples/support-desk/src/idp/identity-provider.ts'
import { serve } from '../../../examples/support-desk/src/listening.ts'
import { holderOf, UPSTREAM_KEY_HEADER } from '../../../examples/support-desk/src/mcp/admission.ts'
import { crmServer, paymentsServer, payrollServer, ticketsServer } from '../../../examples/support-desk/src/mcp/servers.ts'
import { startUpstream } from '../../../examples/support-desk/src/mcp/upstream.ts'
import { loadConfig } from '../../../packages/config/src/index.ts'
import { createLogger } from '../../../packages/runtime/src/index.ts'
import { startStandalone } from '../../../services/standalone/src/index.ts'
import { changedPolicies } from './changed-policies.ts'
import type { Venv } from './python-venv.ts'

export interface LitellmHouse {
  readonly house: Household
  /** LiteLLM with bailiwick.py. */
  readonly url: string
  /** LiteLLM with its own guardrail API; `key` is LiteLLM's own. */
  readonly guarded: { readonly url: string; readonly key: string }
  /** Bodies that reached the model. */
  readonly asked: readonly Record<string, unknown>[]
  /** What LiteLLM's log says its guardrails noted. */
  notes(): string
  close(): Promise<void>
}

const GATEWAY = fileURLToPath(new URL('../../../gateways/litellm', import.meta.url))
const LOG_FILE = fileURLToPath(new URL('python/litellm_log.py', import.meta.url))
const ENV = { BAILIWICK_LOG_LEVEL: 'error', BAILIWICK_LIMITS_DECISION: '800ms' }
const START_MS = 240_000

export async function openLitellmHouse({ bin }: Venv): Promise<LitellmHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-litellm-'))
  const closing: (() => Promise<void>)[] = [() => Promise.resolve(rmSync(folder, { recursive: true, force: true }))]
  const opened = <T extends { close(): Promise<void> }>(part: T): T => {
    closing.unshift(() => part.close())
    return part
  }
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0)) await end()
  }
  try {
    const ports = await freePorts()
    const { gateway: guardedPort } = await freePorts()
    const issuer = `http://127.0.0.1:${ports.bailiwick}`
    const gatewayUrl = `http://127.0.0.1:${ports.gateway}`
    const upstreamKey = randomBytes(24).toString('base64url')
    const admits = holderOf(upstreamKey)
    const keys = { edge: newKey(), hooked: newKey(), guardrail: newKey() }
    const idp = opened(await startIdentityProvider(ports.idp))
    const upstreams = {
      tickets: opened(await startUpstream(ports.tickets, admits, ticketsServer)),
      crm: opened(await startUpstream(ports.crm, admits, crmServer)),
      payments: opened(await startUpstream(ports.payments, admits, paymentsServer)),
      payroll: opened(await startUpstream(ports.payroll, admits, payrollServer)),
    }
    const asked: Record<string, unknown>[] = []
    const model = opened(await startModel(ports.model, asked))
    const [portal, refundAgent, domain] = await Promise.all([makeClientKey('support-portal'), makeClientKey('refund-agent'), makeTrustDomain('example.org')])
    const deployment = onLoopback(policiesWithTools(folder), issuer, keys.edge)
    const configFile = writeConfig(
      folder,
      {
        addresses: { bailiwick: issuer, gateway: gatewayUrl, idp: idp.issuer },
        dialect: 'envoy',
        directorySecret: idp.directorySecret,
        clients: [portal, refundAgent],
        domain,
      },
      { ...deployment, moreGateways: GATEWAYS, files: { ...deployment.files, 'litellm.key': keys.hooked, 'guardrail.key': keys.guardrail } },
    )
    const loaded = loadConfig({ file: configFile, env: ENV })
    if (!loaded.ok) throw new Error(loaded.problems.map((problem) => JSON.stringify(problem)).join('\n'))
    const bailiwick = opened(await startStandalone({ config: loaded.config, log: createLogger({ level: loaded.config.log.level }) }))

    const notes = join(folder, 'notes.jsonl')
    writeFileSync(notes, '')
    const env = {
      ...process.env,
      HOME: folder,
      // Nothing is fetched from the net at start.
      LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS: 'True',
      BAILIWICK_URL: issuer,
      BAILIWICK_MODELS: 'models',
      BAILIWICK_MCP: 'payments=payments',
      BAILIWICK_KEY_FILE: join(folder, 'litellm.key'),
      LITELLM_MASTER_KEY: `sk-${randomBytes(32).toString('hex')}`,
      MODEL_URL: `${model.url}/v1`,
      MODEL_KEY: 'none',
      PAYMENTS_URL: `${upstreams.payments.url}/mcp`,
      GUARDRAIL_LOG: notes,
    }
    copyFileSync(join(GATEWAY, 'bailiwick.py'), join(folder, 'bailiwick.py'))
    copyFileSync(LOG_FILE, join(folder, 'litellm_log.py'))
    writeFileSync(join(folder, 'hooked.yaml'), hooked(upstreamKey))
    const litellmKey = `sk-${randomBytes(32).toString('hex')}`
    writeFileSync(join(folder, 'guarded.yaml'), guarded(issuer, keys.guardrail, litellmKey))
    const program = join(bin, 'litellm')
    await startLitellm({ program, folder, config: 'hooked.yaml', port: ports.gateway, env, opened })
    const guardedUrl = await startLitellm({ program, folder, config: 'guarded.yaml', port: guardedPort, env, opened })
    const house: Household = {
      bailiwick,
      issuer,
      gatewayUrl,
      idp,
      upstreams,
      model: { ...model, calls: () => asked.length, last: () => undefined },
      keys: { portal, refundAgent, domain },
      configFile,
      close,
    }
    return { house, url: gatewayUrl, guarded: { url: guardedUrl, key: litellmKey }, asked, notes: () => readFileSync(notes, 'utf8'), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The shipped policies, with a rule about the tools of a model call: the story has none. */
function policiesWithTools(folder: string): string {
  return changedPolicies(folder, {
    file: 'llm_models.yaml',
    find: 'expr: R.id in ["gpt-4o-mini", "gpt-4o"]',
    replace: 'expr: R.id == "gpt-4o-mini" && R.attr.tools.all(tool, tool in ["refund_issue", "refund_status"])',
  })
}

const GATEWAYS = [
  {
    name: 'litellm',
    doors: ['v1'],
    resources: ['models', 'payments'],
    resource_from: 'request',
    authentication: 'shared_secret',
    secret_files: ['./litellm.key'],
  },
  {
    name: 'guardrail',
    doors: ['litellm'],
    resources: ['models'],
    resource_from: 'fixed',
    resource: 'models',
    authentication: 'shared_secret',
    secret_files: ['./guardrail.key'],
  },
]

function newKey(): string {
  return randomBytes(32).toString('base64url')
}

const LITELLM_FILE = z.looseObject({ model_list: z.unknown(), mcp_servers: z.looseObject({ payments: z.looseObject({}) }) })
const GUARDRAIL_FILE = z.looseObject({ guardrails: z.tuple([z.looseObject({ litellm_params: z.looseObject({}) })]) })

/** gateways/litellm/config.yaml as it is, with the header the example's servers take calls by, and a log that can be read. */
function hooked(upstreamKey: string): string {
  const shipped = LITELLM_FILE.parse(parse(readFileSync(join(GATEWAY, 'config.yaml'), 'utf8')))
  const payments = { ...shipped.mcp_servers.payments, static_headers: { [UPSTREAM_KEY_HEADER]: upstreamKey } }
  return stringify({ ...shipped, mcp_servers: { payments }, litellm_settings: { callbacks: ['litellm_log.notes'] } })
}

function guarded(bailiwick: string, key: string, litellmKey: string): string {
  const { model_list: models } = LITELLM_FILE.parse(parse(readFileSync(join(GATEWAY, 'config.yaml'), 'utf8')))
  const [shipped] = GUARDRAIL_FILE.parse(parse(readFileSync(join(GATEWAY, 'guardrail.yaml'), 'utf8'))).guardrails
  const guardrail = { ...shipped, litellm_params: { ...shipped.litellm_params, api_base: bailiwick, api_key: key } }
  return stringify({ guardrails: [guardrail], model_list: models, general_settings: { master_key: litellmKey } })
}

interface Start {
  readonly program: string
  readonly folder: string
  readonly config: string
  readonly port: number
  readonly env: NodeJS.ProcessEnv
  readonly opened: <T extends { close(): Promise<void> }>(part: T) => T
}

async function startLitellm({ program, folder, config, port, env, opened }: Start): Promise<string> {
  const logFile = join(folder, `${config}.log`)
  const log = openSync(logFile, 'a')
  const child = spawn(program, ['--config', config, '--host', '127.0.0.1', '--port', port.toString()], { cwd: folder, env, stdio: ['ignore', log, log] })
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  opened({
    close: async () => {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await exited
      clearTimeout(late)
    },
  })
  const url = `http://127.0.0.1:${port}`
  for (const until = Date.now() + START_MS; Date.now() < until;) {
    if (child.exitCode !== null) break
    const alive = await fetch(`${url}/health/liveliness`).then(
      (response) => response.ok,
      () => false,
    )
    if (alive) return url
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`litellm did not start:\n${readFileSync(logFile, 'utf8').slice(-4000)}`)
}

async function startModel(port: number, asked: Record<string, unknown>[]): Promise<{ readonly url: string; close(): Promise<void> }> {
  return await serve(port, (incoming, response) => {
    void incoming.toArray().then((chunks: Buffer[]) => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}')
      if (typeof body === 'object' && body !== null) asked.push({ ...body })
      const message = { role: 'assistant', content: 'Refund 40.00 on T-1042.' }
      const completion = { id: 'c', object: 'chat.completion', created: 1, model: 'gpt-4o-mini', choices: [{ index: 0, message, finish_reason: 'stop' }] }
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ ...completion, usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }))
    })
  })
}
