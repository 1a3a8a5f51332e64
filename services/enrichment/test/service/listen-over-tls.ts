// The service on one more port, over TLS and asking for client certificates: what gateways that prove themselves so connect to.
import express from 'express'
import { silentLog } from '@bailiwick/kit/silent-log'
import type { CertificateFiles } from '@bailiwick/kit/test-authority'
import { createGrpcServer, listen, serverTls } from '@bailiwick/runtime'
import type { Listening } from '@bailiwick/runtime'
import { grpcServerOptions } from '../../src/index.ts'
import type { Running } from './running.ts'

/** `clientCa`: PEM file of who signs the certificates of gateways. The caller closes it, before the service. */
export async function listenOverTls({ config, service }: Running, { cert, key }: CertificateFiles, clientCa: string): Promise<Listening> {
  const grpc = createGrpcServer(grpcServerOptions(config))
  service.grpc?.(grpc)
  return await listen({
    host: '127.0.0.1',
    port: 0,
    grpc,
    http: express().use(service.http),
    tls: serverTls({ certFile: cert, keyFile: key, clientCaFile: clientCa }, silentLog().log),
  })
}
