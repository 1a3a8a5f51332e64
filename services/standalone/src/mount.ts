// Puts services behind listeners, one per plane, or all behind one address in development.
import express from 'express'
import type { Express } from 'express'
import type { Server as GrpcServer, ServerOptions } from '@grpc/grpc-js'
import { createGrpcServer, healthRoutes, listen, listenOnSocket, metricsRoutes, notReady } from '@bailiwick/runtime'
import type { Listening, ListeningSocket, Logger, NotReady, ProcessMetrics, ServerTls, Service } from '@bailiwick/runtime'
import type { Address } from '@bailiwick/config'

export interface Plane {
  readonly name: string
  readonly address: Address
  readonly services: readonly Service[]
  /** Whose readiness this plane tells. */
  readonly watched: readonly Pick<Service, 'ready' | 'notices'>[]
  readonly tls?: ServerTls
  /** Served where given: on the operators' plane. */
  readonly metrics?: Pick<ProcessMetrics, 'render'>
  readonly grpcOptions: ServerOptions
  readonly hosts: readonly string[]
  readonly isClosing: () => boolean
  readonly log: Logger
}

export async function mount(plane: Plane): Promise<Listening> {
  const grpc = grpcServer(plane)
  return await listen({
    ...plane.address,
    http: httpApp(plane),
    hosts: plane.hosts,
    anyHost: (request) => plane.services.some((service) => service.anyHost?.(request) === true),
    ...(plane.tls === undefined ? {} : { tls: plane.tls }),
    ...(grpc === undefined ? {} : { grpc }),
  })
}

/** The gateways' plane once more, on a socket that only this user can open. */
export async function mountOnSocket(plane: Plane, path: string): Promise<ListeningSocket> {
  const services = plane.services.flatMap(({ onSocket, ...service }) => (onSocket === undefined ? [] : [{ ...service, ...onSocket }]))
  const own = { ...plane, services }
  const grpc = grpcServer(own)
  return await listenOnSocket({ path, http: httpApp(own), ...(grpc === undefined ? {} : { grpc }) })
}

function httpApp(plane: Plane): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use(
    healthRoutes(
      async () => (plane.isClosing() ? [CLOSING] : await notReady(plane.watched)),
      () => plane.watched.flatMap((service) => service.notices?.() ?? []),
    ),
  )
  if (plane.metrics !== undefined) app.use(metricsRoutes(plane.metrics))
  for (const service of plane.services) app.use(service.http)
  app.use((_request, response) => {
    response.status(404).set('cache-control', 'no-store').json({ error: 'not_found' })
  })
  app.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    plane.log.error({ err: error, plane: plane.name }, 'request failed')
    if (!response.headersSent) response.status(500).set('cache-control', 'no-store').json({ error: 'server_error' })
    else response.destroy()
  })
  return app
}

const CLOSING: NotReady = { check: 'process', problem: 'shutting down' }

function grpcServer(plane: Plane): GrpcServer | undefined {
  const offered = plane.services.filter((service) => service.grpc !== undefined)
  if (offered.length === 0) return undefined
  const server = createGrpcServer(plane.grpcOptions)
  for (const service of offered) service.grpc?.(server)
  return server
}
