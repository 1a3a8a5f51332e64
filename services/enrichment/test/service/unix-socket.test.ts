// A gateway that proves itself by being connected to a socket only its user can open, at both families of doors.
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Metadata, credentials, makeClientConstructor } from '@grpc/grpc-js'
import { create } from '@bufbuild/protobuf'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGrpcServer, listenOnSocket } from '@bailiwick/runtime'
import type { ListeningSocket } from '@bailiwick/runtime'
import { AUTHORIZATION_SERVICE_NAME, CheckRequestSchema, authorizationService } from '@bailiwick/wire'
import type { CheckResponse } from '@bailiwick/wire'
import { grpcServerOptions } from '../../src/index.ts'
import { EDGE_KEY, answerOf, startService } from './running.ts'
import type { Answer, Running } from './running.ts'
import { sendRaw } from './send-raw.ts'

let folder: string
let running: Running
let listening: ListeningSocket
let token: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-unix-'))
  const own = { authentication: 'unix', resources: ['payments'] }
  running = await startService({
    listen: { agents: '127.0.0.1:18420', gateways: '127.0.0.1:18421', operators: '127.0.0.1:18422', gateways_socket: join(folder, 'gateways.sock') },
    gateways: [
      { ...own, name: 'sidecar', doors: ['ext_authz'], resource_from: 'context_extension' },
      { ...own, name: 'sidecar-http', doors: ['forward_auth'], resource_from: 'path_segment' },
    ],
  })
  const grpc = createGrpcServer(grpcServerOptions(running.config))
  running.service.onSocket?.grpc?.(grpc)
  const http = running.service.onSocket?.http
  listening = await listenOnSocket({ path: join(folder, 'gateways.sock'), grpc, http: http === undefined ? express() : express().use(http) })
  token = await running.tokenFor(await running.makeTask())
})
afterAll(async () => {
  await listening.close(100)
  await running.close()
  rmSync(folder, { recursive: true, force: true })
})

const PATH = '/forward-auth/envoy/payments/mcp'

function forwardAuth(more: Readonly<Record<string, string>> = {}): Promise<{ readonly status: number; readonly reason: unknown }> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'localhost', authorization: `Bearer ${token}`, ...more }
    const sent = request({ socketPath: listening.path, path: PATH, agent: false, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve({ status: response.statusCode ?? 0, reason: response.headers['x-bailiwick-reason'] }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

async function check(key?: string): Promise<Answer> {
  const client = new (makeClientConstructor(authorizationService, AUTHORIZATION_SERVICE_NAME))(`unix:${listening.path}`, credentials.createInsecure())
  const metadata = new Metadata()
  if (key !== undefined) metadata.set('x-bailiwick-gateway-key', key)
  try {
    const http = { method: 'GET', path: '/mcp', headers: { authorization: `Bearer ${token}` } }
    return answerOf(
      await new Promise<CheckResponse>((resolve, reject) => {
        client.makeUnaryRequest(
          authorizationService.check.path,
          authorizationService.check.requestSerialize,
          authorizationService.check.responseDeserialize,
          create(CheckRequestSchema, { attributes: { contextExtensions: { bailiwick_resource: 'payments' }, request: { http } } }),
          metadata,
          (error, answer) => (error === null && answer !== undefined ? resolve(answer) : reject(error ?? new Error('no response'))),
        )
      }),
    )
  } finally {
    client.close()
  }
}

describe('on the socket', () => {
  it('both families of doors know the gateway, and say so in the record', async () => {
    expect(await forwardAuth()).toEqual({ status: 200, reason: undefined })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'allow', gateway: { name: 'sidecar-http', peer: 'unix' } })
    expect(await check()).toMatchObject({ kind: 'ok' })
    expect(running.journal.records.at(-1)).toMatchObject({ effect: 'allow', gateway: { name: 'sidecar', peer: 'unix' } })
  })

  it('a wrong secret is not mended by it, and a right one is of the gateway that has it', async () => {
    expect(await forwardAuth({ 'x-bailiwick-gateway-key': 'wrong' })).toEqual({ status: 403, reason: 'gateway_unauthenticated' })
    expect(await check('wrong')).toMatchObject({ kind: 'denied', metadata: { reason: 'gateway_unauthenticated' } })
    expect(await check(EDGE_KEY)).toMatchObject({ kind: 'ok' })
    expect(running.journal.records.at(-1)).toMatchObject({ gateway: { name: 'edge' } })
  })
})

it('on the network nobody is taken for that gateway', async () => {
  const reply = await sendRaw(running.address, { method: 'GET', path: PATH, headers: [['authorization', `Bearer ${token}`]] })
  expect(reply.headers).toContainEqual(['x-bailiwick-reason', 'gateway_unauthenticated'])
  expect(await running.check({ token, key: '' })).toMatchObject({ kind: 'denied', metadata: { reason: 'gateway_unauthenticated' } })
})
