// The one shape of a service: what a composition root mounts, asks and closes.
import type { IncomingMessage } from 'node:http'
import type { Server as GrpcServer } from '@grpc/grpc-js'
import type { RequestHandler } from 'express'

export interface Service {
  /** Handles what it knows and calls `next` for the rest: an express Router. */
  readonly http: RequestHandler
  /** Adds its gRPC services to a server. */
  readonly grpc?: (server: GrpcServer) => void
  /** The same for a socket that only its owner can open: whoever asks there is a gateway with `authentication: unix`. */
  readonly onSocket?: Pick<Service, 'http' | 'grpc'>
  /** Requests served whatever name they came by, on a listener in clear: see ListenOptions. */
  anyHost?(request: IncomingMessage): boolean
  /** Names of what is not ready; empty means ready. */
  ready(): Promise<readonly NotReady[]>
  /** What somebody should look at, though the service is ready. */
  notices?(): readonly NotReady[]
  close(): Promise<void>
}

export interface NotReady {
  readonly check: string
  readonly problem: string
}
