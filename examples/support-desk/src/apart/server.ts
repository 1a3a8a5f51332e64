// One server of the support desk in a container of its own: `server.ts tickets|crm|payments|payroll|models`. Takes calls from the gateway's address only.
import { join } from 'node:path'
import type { Running } from '../listening.ts'
import { cameFrom } from '../mcp/admission.ts'
import { startModel } from '../mcp/model.ts'
import { crmServer, paymentsServer, payrollServer, ticketsServer } from '../mcp/servers.ts'
import { startUpstream } from '../mcp/upstream.ts'
import { GATEWAY_HOST, SERVER_PORT } from './addresses.ts'
import { writeCalls } from './call-counts.ts'
import { untilTold } from './until-told.ts'

const MCP = { tickets: ticketsServer, crm: crmServer, payments: paymentsServer, payroll: payrollServer } as const

const name = process.argv[2] ?? ''
const stage = join(process.env['DESK'] ?? '/desk', 'stage')
const at = { port: SERVER_PORT, host: '0.0.0.0', name }
const admits = cameFrom(GATEWAY_HOST)

writeCalls(stage, name, {})
untilTold(await start())

function start(): Promise<Running> {
  if (name === 'models') return startModel(at, admits, (completion) => writeCalls(stage, name, { completion }))
  if (!isMcp(name)) throw new Error('usage: server.ts tickets|crm|payments|payroll|models')
  return startUpstream(at, admits, MCP[name], (calls) => writeCalls(stage, name, Object.fromEntries(calls)))
}

function isMcp(given: string): given is keyof typeof MCP {
  return Object.hasOwn(MCP, given)
}
