// The service on a real port, with the real task store and keys, and a scripted policy, profile and journal.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Metadata, credentials, makeClientConstructor } from '@grpc/grpc-js'
import type { Client } from '@grpc/grpc-js'
import { create } from '@bufbuild/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import express from 'express'
import { newRevocationId, newTaskId } from '@bailiwick/core'
import type { Task } from '@bailiwick/core'
import type { BailiwickConfig } from '@bailiwick/config'
import { fakeDecider } from '@bailiwick/kit/fake-decider'
import type { FakeDecider } from '@bailiwick/kit/fake-decider'
import { fakeEnricher } from '@bailiwick/kit/fake-enricher'
import type { FakeEnricher } from '@bailiwick/kit/fake-enricher'
import { fakeJournal } from '@bailiwick/kit/fake-journal'
import type { FakeJournal } from '@bailiwick/kit/fake-journal'
import { silentLog } from '@bailiwick/kit/silent-log'
import { testClock } from '@bailiwick/kit/clock'
import type { TestClock } from '@bailiwick/kit/clock'
import { TEST_GATEWAY_SECRET, testConfig } from '@bailiwick/kit/test-config'
import type { ConfigPatch } from '@bailiwick/kit/test-config'
import { openTestStore } from '@bailiwick/kit/test-store'
import { createGrpcServer, listen, noMetrics, noTracing } from '@bailiwick/runtime'
import type { Service } from '@bailiwick/runtime'
import type { NewTask, TaskStore } from '@bailiwick/task-state'
import { newJti, openKeyRing } from '@bailiwick/tokens'
import type { KeyRing, RuntimeClaims } from '@bailiwick/tokens'
import { AUTHORIZATION_SERVICE_NAME, CheckRequestSchema, HEALTH_SERVICE_NAME, authorizationService, healthService } from '@bailiwick/wire'
import type { CheckRequest, CheckResponse, HeaderValueOption, HealthCheckResponse } from '@bailiwick/wire'
import { createEnrichment, grpcServerOptions } from '../../src/index.ts'
import type { EnrichmentDeps } from '../../src/index.ts'
import { NOW_SECONDS, TASK, resourceName, without } from '../fixtures.ts'

export const ISSUER = 'http://127.0.0.1:8420'
export const EDGE_KEY = TEST_GATEWAY_SECRET

type Attributes = Exclude<NonNullable<MessageInitShape<typeof CheckRequestSchema>['attributes']>, { $typeName: string }>
type Http = Exclude<NonNullable<Exclude<NonNullable<Attributes['request']>, { $typeName: string }>['http']>, { $typeName: string }>

export interface AskOptions {
  readonly resource?: string | undefined
  readonly token?: string | undefined
  readonly key?: string | undefined
  readonly http?: Http
  readonly headers?: Record<string, string>
  readonly attributes?: Attributes
  readonly metadata?: Record<string, string>
}

export interface Answer {
  readonly code: number | undefined
  readonly kind: 'ok' | 'denied' | 'none'
  readonly status?: number | undefined
  readonly headers: Record<string, string>
  readonly remove: readonly string[]
  readonly body: string
  readonly metadata: Record<string, unknown>
}

export interface V1Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Headers
}

export interface Running {
  readonly address: string
  readonly config: BailiwickConfig
  readonly clock: TestClock
  readonly store: TaskStore
  readonly storeFile: string
  readonly keys: KeyRing
  readonly decider: FakeDecider
  readonly profiles: FakeEnricher
  readonly journal: FakeJournal
  readonly lines: readonly string[]
  readonly service: Service
  /** One Check over real gRPC. Rejects on a gRPC error: no path may end in one. */
  check(options: AskOptions): Promise<Answer>
  checkRaw(request: CheckRequest | Buffer, metadata: Record<string, string>): Promise<CheckResponse>
  post(path: string, document: unknown, headers?: Record<string, string>): Promise<V1Answer>
  /** The story's task; `act: 'none'` for a subject who acts for itself. */
  makeTask(change?: TaskChange): Promise<Task>
  claimsOf(task: Task, change?: Partial<RuntimeClaims>): Omit<RuntimeClaims, 'kid' | 'typ'>
  tokenFor(task: Task, change?: Partial<RuntimeClaims>): Promise<string>
  /** Resolves when the revocation is acknowledged. */
  revoke(task: Task): Promise<void>
  healthCheck(service: string): Promise<HealthCheckResponse>
  readonly health: Client
  close(): Promise<void>
}

/** What several nodes share, where a test has more than one; closed by who made it. */
export interface Estate {
  readonly store?: TaskStore
  /** The folder of the signing keys. */
  readonly keys?: string
}

type TaskChange = Partial<Omit<NewTask, 'act'>> & { readonly act?: 'none' }

export async function startService(
  patch: ConfigPatch = {},
  watched: Pick<EnrichmentDeps, 'metrics' | 'tracing' | 'spawnReader'> = { metrics: noMetrics, tracing: noTracing },
  estate: Estate = {},
): Promise<Running> {
  const clock = testClock()
  const folder = await mkdtemp(join(tmpdir(), 'bailiwick-enrichment-'))
  const config: BailiwickConfig = testConfig(patch)
  const opened = estate.store === undefined ? await openTestStore({ clock }) : { store: estate.store, file: '', close: () => Promise.resolve() }
  const keys: KeyRing = await openKeyRing({ directory: estate.keys ?? join(folder, 'keys'), issuer: ISSUER, algorithm: 'ES256', clock })
  const decider = fakeDecider('allow')
  const profiles = fakeEnricher({ 'corp:alice': { attributes: { tier: 1, secret_note: 'x' }, roles: ['tier-1-support'] } })
  const journal = fakeJournal({ clock })
  const { log, lines } = silentLog()
  const service = createEnrichment({ config, clock, store: opened.store, keys, decider, profiles, journal, log, ...watched })
  const server = createGrpcServer(grpcServerOptions(config))
  service.grpc?.(server)
  const listening = await listen({
    host: '127.0.0.1',
    port: 0,
    grpc: server,
    anyHost: (request) => service.anyHost?.(request) === true,
    http: express().disable('x-powered-by').use(service.http),
  })
  const address = `127.0.0.1:${listening.port}`
  const authorization = new (makeClientConstructor(authorizationService, AUTHORIZATION_SERVICE_NAME))(address, credentials.createInsecure())
  const health = new (makeClientConstructor(healthService, HEALTH_SERVICE_NAME))(address, credentials.createInsecure())

  const makeTask = async ({ act, ...change }: TaskChange = {}): Promise<Task> => {
    const made = await opened.store.createTask(
      {
        ...(act === 'none' ? without(TASK, 'act') : TASK),
        id: newTaskId(clock.nowMs()),
        resources: [resourceName('payments'), resourceName('models'), resourceName('tickets')],
        ...change,
      },
      NOW_SECONDS,
    )
    if (!made.ok) throw new Error(made.denial.reason)
    return made.value.task
  }

  const claimsOf = (task: Task, change: Partial<RuntimeClaims> = {}): Omit<RuntimeClaims, 'kid' | 'typ'> => ({
    iss: ISSUER,
    sub: task.subject.sub,
    subId: task.subject.subId,
    aud: 'https://payments.example.com/mcp',
    clientId: task.agent.clientId,
    jti: newJti(),
    iat: NOW_SECONDS - 1,
    exp: NOW_SECONDS + 600,
    taskId: task.id,
    kep: task.createdRev,
    scope: [],
    ...(task.act === undefined ? {} : { act: task.act }),
    ...change,
  })

  const checkRaw = (request: CheckRequest | Buffer, metadata: Record<string, string>): Promise<CheckResponse> => {
    const sent = new Metadata()
    for (const [key, value] of Object.entries(metadata)) sent.add(key, value)
    const { promise, resolve, reject } = Promise.withResolvers<CheckResponse>()
    authorization.makeUnaryRequest(
      authorizationService.check.path,
      (message: CheckRequest | Buffer) => (Buffer.isBuffer(message) ? message : authorizationService.check.requestSerialize(message)),
      authorizationService.check.responseDeserialize,
      request,
      sent,
      (error, response) => {
        if (error !== null || response === undefined) reject(error ?? new Error('no response'))
        else resolve(response)
      },
    )
    return promise
  }

  const check = async (options: AskOptions): Promise<Answer> =>
    answerOf(await checkRaw(create(CheckRequestSchema, { attributes: attributesOf(options) }), metadataOf(options)))

  const post = async (path: string, document: unknown, headers: Record<string, string> = {}): Promise<V1Answer> => {
    const response = await fetch(`http://${address}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof document === 'string' ? document : JSON.stringify(document),
    })
    const text = await response.text()
    const body: unknown = text === '' ? {} : JSON.parse(text)
    return { status: response.status, body: isRecord(body) ? body : {}, headers: response.headers }
  }

  return {
    address,
    config,
    clock,
    store: opened.store,
    storeFile: opened.file,
    keys,
    decider,
    profiles,
    journal,
    lines,
    service,
    check,
    checkRaw,
    post,
    makeTask,
    claimsOf,
    tokenFor: (task, change) => keys.mintRuntimeToken(claimsOf(task, change)),
    revoke: async (task) => {
      const done = await opened.store.revoke({
        id: newRevocationId(clock.nowMs()),
        scope: { kind: 'task', id: task.id },
        reason: 'test',
        hold: false,
        setBy: 'operator:operator',
        atMs: clock.nowMs(),
      })
      if (!done.ok) throw new Error(done.denial.reason)
    },
    healthCheck: (name) =>
      new Promise<HealthCheckResponse>((resolve, reject) => {
        health.makeUnaryRequest(
          healthService.check.path,
          healthService.check.requestSerialize,
          healthService.check.responseDeserialize,
          { $typeName: 'grpc.health.v1.HealthCheckRequest', service: name },
          (error, response) => {
            if (error !== null || response === undefined) reject(error ?? new Error('no response'))
            else resolve(response)
          },
        )
      }),
    health,
    close: async () => {
      authorization.close()
      health.close()
      await listening.close(200)
      await service.close()
      await keys.close()
      await opened.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export function mcpBody(method: string, params?: unknown, id: unknown = 1): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) })
}

export const REFUND = mcpBody('tools/call', { name: 'refund_issue', arguments: { ticket_id: 'T-1042', amount_cents: 4000 } })

/** What Envoy sends for a POST with a JSON body, unless the options say otherwise. */
function attributesOf({ resource = 'payments', token, http, headers, attributes }: AskOptions): Attributes {
  return {
    contextExtensions: { bailiwick_resource: resource },
    request: {
      http: {
        method: 'POST',
        path: '/mcp',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2025-06-18',
          'x-envoy-auth-partial-body': 'false',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        rawBody: Buffer.from(REFUND),
        size: BigInt(REFUND.length),
        ...http,
      },
    },
    ...attributes,
  }
}

function metadataOf({ key = EDGE_KEY, metadata }: AskOptions): Record<string, string> {
  return { ...(key === '' ? {} : { 'x-bailiwick-gateway-key': key }), ...metadata }
}

export function answerOf(response: CheckResponse): Answer {
  const metadata = { ...response.dynamicMetadata }
  const code = response.status?.code
  switch (response.httpResponse.case) {
    case 'okResponse': {
      const { headers, headersToRemove } = response.httpResponse.value
      return { code, kind: 'ok', headers: pairs(headers), remove: headersToRemove, body: '', metadata }
    }
    case 'deniedResponse': {
      const { headers, status, body } = response.httpResponse.value
      return { code, kind: 'denied', status: status?.code, headers: pairs(headers), remove: [], body, metadata }
    }
    case undefined:
      return { code, kind: 'none', headers: {}, remove: [], body: '', metadata }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function pairs(options: readonly HeaderValueOption[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { header, append } of options) {
    if (header === undefined || append !== false) throw new Error('a header that could be appended')
    if (Object.hasOwn(found, header.key)) throw new Error(`repeated: ${header.key}`)
    found[header.key] = header.value
  }
  return found
}
