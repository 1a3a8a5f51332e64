// The three services in one process. Composition only.
import { startNode } from './start-node.ts'
import type { NodeOptions, RunningNode } from './start-node.ts'

export type StandaloneOptions = NodeOptions

export interface Standalone extends RunningNode {
  /** Where each plane listens; all three are equal on a shared address. */
  readonly urls: { readonly agents: string; readonly gateways: string; readonly operators: string }
  readonly operatorToken: { readonly path: string; readonly token?: string }
}

/** Throws a TypeError when the configuration is that of a process with fewer services. */
export async function startStandalone(options: StandaloneOptions): Promise<Standalone> {
  const { services } = options.config
  if (services.length < 3) throw new TypeError('"services" must be all three')
  const node = await startNode(options)
  const { agents, gateways, operators } = node.urls
  const { operatorToken } = node
  if (agents === undefined || gateways === undefined || operators === undefined || operatorToken === undefined) {
    await node.close()
    throw new TypeError('"listen" must have all three planes')
  }
  return { ...node, urls: { agents, gateways, operators }, operatorToken }
}
