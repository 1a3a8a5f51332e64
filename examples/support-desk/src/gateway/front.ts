// What a gateway in front of the support desk is told, whichever gateway it is: the example's own, or a real one that is installed.
import type { Running } from '../listening.ts'

export interface Route {
  /** The first path segment: `/llm/v1/chat/completions` is for the resource `models`, of which the server sees `/v1/chat/completions`. */
  readonly segment: string
  readonly resource: string
  readonly upstream: string
}

export interface Front {
  /** Of loopback, where agents call. */
  readonly port: number
  readonly routes: readonly Route[]
  /** What the servers behind want to see of a gateway. */
  readonly upstreamKey: string
  /** `127.0.0.1:8420`: one address for every plane, as in development. */
  readonly bailiwick: string
  /** Proves to Bailiwick which gateway is asking. */
  readonly gatewayKey: string
  /** For what a real gateway reads and writes. */
  readonly folder: string
  /** How long a real gateway waits for Bailiwick, as it writes it; absent: as its shipped file has it. */
  readonly patience?: string
}

/** One that also leads to Bailiwick's token endpoints. */
export interface RealGateway extends Running {
  /** Where agents boot. */
  readonly tokensUrl: string
}

export interface GatewayKind<R extends Running = Running> {
  readonly name: string
  /** Of its entry in bailiwick.yaml. */
  readonly dialect: 'envoy' | 'agentgateway'
  start(front: Front): Promise<R>
}
