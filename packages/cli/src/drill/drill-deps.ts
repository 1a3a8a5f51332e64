// What a drill is done with: the two planes, the agent's own credential, the call through the gateway. Opens nothing that would have to be closed.
import { setTimeout as delay } from 'node:timers/promises'
import type { Context } from '../context.ts'
import { warn } from '../credentials/caller.ts'
import { readClientCredential } from '../credentials/client-credential.ts'
import type { ClientCredential } from '../credentials/client-credential.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { checkUrl } from '../http/endpoint.ts'
import type { DrillOptions } from '../program/drill-command.ts'
import type { DrillDeps } from './drill-round.ts'
import { gatewayCall } from './gateway-call.ts'

export type DrillTarget = Pick<DrillOptions, 'client' | 'clientKey' | 'svidFile' | 'gateway' | 'resource' | 'body' | 'for' | 'agentsUrl' | 'controlUrl'>

export async function depsOf(context: Context, options: DrillTarget): Promise<Omit<DrillDeps, 'credential'>> {
  const { clock, fetch, files } = context
  const body = options.body === undefined ? undefined : (await files.read(options.body, 'the body')).text
  return {
    control: context.control(options.controlUrl),
    agents: context.plane('agents', {}, options.agentsUrl),
    client: options.client,
    resource: options.resource,
    call: gatewayCall({ fetch, url: checkUrl(options.gateway), ...(body === undefined ? {} : { body }) }),
    clock,
    pause: (ms) => delay(ms),
    patienceMs: options.for * 1000,
  }
}

/** Read for each round: something else keeps an SVID fresh. */
export async function credentialOf(context: Context, { client, clientKey, svidFile }: DrillTarget): Promise<ClientCredential> {
  const { clock, files } = context
  const deps = { files, clock, audience: context.issuer, warn: (text: string) => warn(context, text) }
  const credential = await readClientCredential(svidFile === undefined ? { client, ...(clientKey === undefined ? {} : { clientKey }) } : { svidFile }, deps)
  if (credential === undefined) throw new CliError(EXIT.usage, 'it needs --client-key <file> or --svid-file <file>: how the agent proves itself')
  return credential
}
