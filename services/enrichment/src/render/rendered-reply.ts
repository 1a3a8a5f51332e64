// What a renderer is asked and what it answers.
import type { Call, DecisionId, Denial } from '@bailiwick/core'

export interface DenialToRender {
  readonly denial: Denial
  readonly call: Call
  readonly decisionId: DecisionId
  /** The resource's RFC 9728 document, for 401 and 403 challenges. */
  readonly resourceMetadataUrl?: string
  /**
   * `grpc`: the gateway relays any status as the client's answer, so a denial may be a 200 that keeps an MCP session alive.
   * `http`: the gateway takes 2xx for "allowed", so no denial may be one.
   */
  readonly channel: 'grpc' | 'http'
}

export interface RenderedReply {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Empty, or JSON of less than 4096 bytes: some gateways cut what is longer. */
  readonly body: string
}
