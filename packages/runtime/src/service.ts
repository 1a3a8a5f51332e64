// The one shape of a service: what a composition root mounts, asks and closes.
import type { RequestListener } from 'node:http'
import type { Server as GrpcServer } from '@grpc/grpc-js'

export interface Service {
  /** Handles what it knows and calls `next` for the rest: an express Router fits. */
  readonly http: (request: Parameters<RequestListener>[0], response: Parameters<RequestListener>[1], next: (error?: unknown) => void) => void
  /** Adds its gRPC services to a server. */
  readonly grpc?: (server: GrpcServer) => void
  /** Names of what is not ready; empty means ready. */
  ready(): Promise<readonly NotReady[]>
  close(): Promise<void>
}

export interface NotReady {
  readonly check: string
  readonly problem: string
}
