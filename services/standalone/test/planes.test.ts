// The real product in one process, one listener per plane: what belongs to one plane is not to be had on another.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { silentLog } from '@bailiwick/kit/silent-log'
import { makeTestClient } from '@bailiwick/kit/test-clients'
import { testConfig } from '@bailiwick/kit/test-config'
import { encodeMessage, healthService, HealthCheckRequestSchema } from '@bailiwick/wire'
import { startStandalone } from '../src/index.ts'
import type { Standalone } from '../src/index.ts'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

let directory: string
let running: Standalone
let operatorToken: string
const logged = silentLog()
const agent = await makeTestClient('refund-agent')

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bailiwick-planes-'))
  const [agents, gateways, operators] = [await freePort(), await freePort(), await freePort()]
  const issuer = `http://127.0.0.1:${agents}`
  const config = testConfig(
    {
      issuer,
      listen: { agents: `127.0.0.1:${agents}`, gateways: `127.0.0.1:${gateways}`, operators: `127.0.0.1:${operators}`, gateways_socket: './gateways.sock' },
      clients: [{ id: 'refund-agent', jwks: agent.jwks }],
    },
    { directory },
  )
  running = await startStandalone({ config, log: logged.log })
  await vi.waitUntil(async () => (await running.ready()).length === 0, { timeout: 20_000 })
  operatorToken = readFileSync(running.operatorToken.path, 'utf8').trim()
})
afterAll(async () => {
  await running.close()
  rmSync(directory, { recursive: true, force: true })
})

async function status(url: string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init)
  await response.body?.cancel()
  return response.status
}

const operator = (): RequestInit => ({ headers: { authorization: `Bearer ${operatorToken}` } })

/** Over the gateways' socket. */
function onSocket(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(directory, 'gateways.sock'), path, agent: false, headers: { host: 'localhost' } }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('a plane each', () => {
  it('has the doors on the socket once more, and nothing else', async () => {
    expect(await onSocket('/readyz')).toBe(200)
    // Refused as a gateway nobody configured, by the door.
    expect(await onSocket('/forward-auth/envoy/payments/mcp')).toBe(403)
    expect(await onSocket('/v1/revocations')).toBe(404)
    expect(await onSocket('/oauth2/token')).toBe(404)
    expect(statSync(join(directory, 'gateways.sock')).mode & 0o777).toBe(0o600)
  })

  it('is ready on each of them, with store, policy, keys and journal', async () => {
    expect(await running.ready()).toEqual([])
    for (const url of Object.values(running.urls)) expect(await status(`${url}/readyz`)).toBe(200)
  })

  it('serves the token endpoints to agents only', async () => {
    expect(await status(`${running.urls.agents}/.well-known/oauth-authorization-server`)).toBe(200)
    expect(await status(`${running.urls.gateways}/.well-known/oauth-authorization-server`)).toBe(404)
    expect(await status(`${running.urls.operators}/oauth2/token`, { method: 'POST' })).toBe(404)
  })

  it('serves decisions to gateways only', async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    expect(await status(`${running.urls.gateways}/v1/decide`, init)).toBe(400)
    expect(await status(`${running.urls.agents}/v1/decide`, init)).toBe(404)
    expect(await status(`${running.urls.operators}/v1/decide`, init)).toBe(404)
  })

  it('accepts the operator token on the operators plane and nowhere else', async () => {
    expect(await status(`${running.urls.operators}/v1/tasks`, operator())).toBe(200)
    expect(await status(`${running.urls.agents}/v1/tasks`, operator())).toBe(401)
    expect(await status(`${running.urls.gateways}/v1/tasks`, operator())).toBe(404)
  })

  it('accepts an agent client on the agents plane and not on the operators plane', async () => {
    const ask = async (url: string): Promise<number> =>
      await status(`${url}/v1/tasks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await agent.assertion({ aud: running.urls.agents, now: Math.floor(Date.now() / 1000) }),
          agent: 'refund-agent',
          resources: ['tickets'],
        }),
      })
    // Known, and refused for what it is: an agent does not launch.
    expect(await ask(running.urls.agents)).toBe(403)
    expect(await ask(running.urls.operators)).toBe(401)
  })

  it('answers gRPC health on the gateways plane', async () => {
    const client = new Client(new URL(running.urls.gateways).host, credentials.createInsecure())
    const answer = await new Promise((resolve, reject) => {
      const { path, responseDeserialize } = healthService.check
      const bytes = encodeMessage(HealthCheckRequestSchema, { service: '' })
      client.makeUnaryRequest(
        path,
        () => bytes,
        responseDeserialize,
        {},
        new Metadata(),
        (error, value) => (error === null ? resolve(value) : reject(error)),
      )
    })
    client.close()
    expect(answer).toMatchObject({ status: 1 })
  })
})

it('keeps its data folder and what is in it to itself', () => {
  expect(statSync(running.dataDirectory).mode & 0o777).toBe(0o700)
  for (const name of ['bailiwick.db', 'audit.db', 'operator.token', 'operators.json'])
    expect(statSync(join(running.dataDirectory, name)).mode & 0o777).toBe(0o600)
})

it('logs no token', () => {
  expect(logged.lines.join('\n')).not.toMatch(/eyJ|bwop_/)
})
