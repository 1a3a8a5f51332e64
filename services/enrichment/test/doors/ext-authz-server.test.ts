import { ServerCredentials, Server, credentials, makeClientConstructor } from '@grpc/grpc-js'
import { create } from '@bufbuild/protobuf'
import { afterEach, expect, it } from 'vitest'
import { deadlineIn, newDecisionId } from '@bailiwick/core'
import type { Decision } from '@bailiwick/core'
import { AUTHORIZATION_SERVICE_NAME, CheckRequestSchema, authorizationService } from '@bailiwick/wire'
import type { CheckResponse } from '@bailiwick/wire'
import { testClock } from '@bailiwick/kit/clock'
import { silentLog } from '@bailiwick/kit/silent-log'
import { extAuthzHandlers } from '../../src/doors/ext-authz/server.ts'
import type { ExtAuthzDeps } from '../../src/doors/ext-authz/server.ts'
import { toolCall } from '../fixtures.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

const ALLOW: Decision = { id: newDecisionId(0), effect: 'allow', call: toolCall('x'), forwardToken: false }

async function ask(deps: Partial<ExtAuthzDeps>): Promise<CheckResponse> {
  const server = new Server()
  const handlers = extAuthzHandlers({
    via: 'network',
    deadlineFor: () => deadlineIn(testClock(), 150),
    decide: () => Promise.resolve(ALLOW),
    dialectOf: () => 'envoy',
    log: silentLog().log,
    ...deps,
  })
  server.addService(authorizationService, handlers)
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)))
  })
  const client = new (makeClientConstructor(authorizationService, AUTHORIZATION_SERVICE_NAME))(`127.0.0.1:${port}`, credentials.createInsecure())
  closing.push(() => {
    client.close()
    server.forceShutdown()
  })
  const { check } = authorizationService
  return await new Promise((resolve, reject) => {
    client.makeUnaryRequest(check.path, check.requestSerialize, check.responseDeserialize, create(CheckRequestSchema), (error, response) => {
      if (error !== null || response === undefined) reject(error ?? new Error('no response'))
      else resolve(response)
    })
  })
}

it('answers what it decided', async () => {
  expect((await ask({})).httpResponse.case).toBe('okResponse')
})

it.each([
  ['the walk rejects', { decide: () => Promise.reject(new Error('oops')) }],
  [
    'the walk throws',
    {
      decide: () => {
        throw new Error('oops')
      },
    },
  ],
  [
    'the gateway cannot be looked up',
    {
      dialectOf: () => {
        throw new Error('oops')
      },
    },
  ],
  [
    'the decision cannot be written',
    {
      decide: () =>
        Promise.resolve({
          ...ALLOW,
          get identity(): never {
            throw new Error('oops')
          },
        }),
    },
  ],
] satisfies [string, Partial<ExtAuthzDeps>][])('answers with a deny, never a gRPC error, when %s', async (_when, deps) => {
  const response = await ask(deps)
  expect(response).toMatchObject({ status: { code: 7 }, httpResponse: { case: 'deniedResponse', value: { status: { code: 403 } } } })
  expect(JSON.stringify(response)).not.toContain('oops')
})
