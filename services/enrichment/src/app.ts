// The enrichment service: the walk behind its doors. Composition only.
import { Router } from 'express'
import type { Worker } from 'node:worker_threads'
import { deadlineIn, LARGE_BYTES, readingAllowanceMs } from '@bailiwick/core'
import type { Channel, Clock, Question } from '@bailiwick/core'
import type { Journal } from '@bailiwick/audit'
import type { BailiwickConfig } from '@bailiwick/config'
import type { Decider } from '@bailiwick/policy'
import type { ProfileEnricher } from '@bailiwick/profiles'
import { createReadiness } from '@bailiwick/runtime'
import type { Logger, Metrics, Service, Tracing } from '@bailiwick/runtime'
import type { TaskStore } from '@bailiwick/task-state'
import type { TokenVerifier } from '@bailiwick/tokens'
import { openToolRegistry } from '@bailiwick/tool-schemas'
import { authorizationService, cerbosService, extMcpService, healthService } from '@bailiwick/wire'
import { authenticateGateway } from './decide/authenticate-gateway.ts'
import { createDeadlineWatch } from './decide/deadline-watch.ts'
import { decide, enrich } from './decide/decide.ts'
import { plan } from './decide/plan.ts'
import type { PlanQuestion, Planned } from './decide/plan.ts'
import type { WalkDeps } from './decide/question.ts'
import { createFaultLog } from './decide/fault-log.ts'
import { createUnprovenAllowance } from './decide/unproven-allowance.ts'
import { authzenDoor } from './doors/authzen/server.ts'
import { boundedBesideBody, CHECK_REQUEST_BODY, MCP_BODY } from './doors/beside-body.ts'
import { cerbosHandlers } from './doors/cerbos/grpc.ts'
import { cerbosDoor } from './doors/cerbos/http.ts'
import type { Decode } from './doors/decoding.ts'
import { extAuthzHandlers } from './doors/ext-authz/server.ts'
import { extMcpHandlers } from './doors/ext-mcp/server.ts'
import { forwardAuthDoor, showsItsKey } from './doors/forward-auth/server.ts'
import { healthHandlers } from './doors/health.ts'
import { largeAsBytes } from './doors/large-message.ts'
import { litellmDoor } from './doors/litellm/server.ts'
import { openApiDoor } from './doors/openapi/document.ts'
import type { Via } from './doors/peer-proof.ts'
import { v1Door } from './doors/v1/server.ts'
import { createCallReader } from './reading/call-reader.ts'
import type { DocumentKind, Documents } from './reading/documents.ts'
import { watchPinnedTools } from './watch-pinned-tools.ts'

export interface EnrichmentDeps {
  readonly config: BailiwickConfig
  readonly clock: Clock
  readonly store: TaskStore
  readonly keys: TokenVerifier
  readonly decider: Decider
  readonly profiles: ProfileEnricher
  readonly journal: Journal
  readonly log: Logger
  readonly metrics: Metrics
  readonly tracing: Tracing
  /** A thread that reads large bodies; left out, the real one. */
  readonly spawnReader?: () => Worker
}

const HEALTH_WATCH_MS = 1_000

/** Closes nothing it was given. Throws `ToolsFileError` where a file of pinned tools cannot be used. */
export function createEnrichment(deps: EnrichmentDeps): Service {
  const { config, clock, log } = deps
  const deadlines = createDeadlineWatch(clock)
  const tools = openToolRegistry(config.tools)
  const reader = createCallReader({ clock, deadlines, spawn: deps.spawnReader })
  const walk: WalkDeps = { ...deps, deadlines, faults: createFaultLog(clock, log), unproven: createUnprovenAllowance(clock), tools, reader }
  const pinned = watchPinnedTools({ config, registry: tools, clock, log, metrics: deps.metrics })
  const ready = createReadiness(clock, {
    state: () => deps.store.health().then(() => undefined),
    policy: () => deps.decider.health(),
    audit: () => deps.journal.health(),
    keys: () => deps.keys.health(),
    profiles: () => deps.profiles.health(),
    reader: async () => (reader.isWarm() ? undefined : 'starting'),
  })
  const health = healthHandlers({ isReady: () => ready().then((problems) => problems.length === 0), watchIntervalMs: HEALTH_WATCH_MS })

  const gatewayOf = (channel: Channel): ReturnType<typeof authenticateGateway> => authenticateGateway(walk, channel)
  const doors = (via: Via): Pick<Service, 'http' | 'grpc'> => {
    /** What a door of either kind is given: how to ask, and whether the walk will know who asks. */
    const asking = {
      via,
      deadlineFor: (bodyBytes: number) => deadlineIn(clock, config.limits.decisionMs + readingAllowanceMs(bodyBytes)),
      decide: (question: Question) => decide(walk, question),
      isKnown: (channel: Channel) => gatewayOf(channel).ok,
      log,
    }
    const planned = (question: PlanQuestion): Promise<Planned> => plan(walk, question)
    const decodeAs =
      <K extends DocumentKind>(document: K): Decode<Documents[K]> =>
      (bytes, maxBytes, deadline) =>
        reader.decode(document, bytes, maxBytes, deadline)
    const reading = { ...asking, maxBytes: maxDocumentBytes(config) }
    const v1 = v1Door({
      ...reading,
      clock,
      decode: decodeAs('v1'),
      enrich: (question) => enrich(walk, question),
      resourceOf: ({ resource }) => (resource === undefined ? undefined : config.resources.get(resource)),
    })
    const forwardAuth = forwardAuthDoor({ ...asking, maxBytes: largestBody(config) })
    const extAuthz = extAuthzHandlers({
      ...asking,
      dialectOf: (channel) => {
        const gateway = gatewayOf(channel)
        return gateway.ok ? gateway.value.dialect : undefined
      },
    })
    const litellm = litellmDoor({ ...reading, decode: decodeAs('guardrail') })
    const authzen = authzenDoor({ ...reading, decode: { evaluation: decodeAs('evaluation'), evaluations: decodeAs('evaluations') } })
    const cerbos = cerbosDoor({ ...reading, plan: planned, decode: { check: decodeAs('check'), plan: decodeAs('plan') } })
    return {
      http: Router().use(v1, forwardAuth, litellm, authzen, cerbos, openApiDoor),
      grpc: (server) => {
        server.addService({ check: boundedBesideBody(authorizationService.check, CHECK_REQUEST_BODY) }, extAuthz)
        const checkRequest = boundedBesideBody(extMcpService.checkRequest, MCP_BODY)
        const checkResponse = boundedBesideBody(extMcpService.checkResponse, MCP_BODY)
        server.addService({ checkRequest, checkResponse }, extMcpHandlers({ ...asking, maxBytes: config.limits.mcpBodyBytes, decode: decodeAs('params') }))
        const checkResources = largeAsBytes(cerbosService.checkResources, LARGE_BYTES)
        const planResources = largeAsBytes(cerbosService.planResources, LARGE_BYTES)
        const ofMessages = { check: decodeAs('check_message'), plan: decodeAs('plan_message') }
        server.addService({ checkResources, planResources }, cerbosHandlers({ ...asking, plan: planned, decode: ofMessages }))
        server.addService(healthService, health.handlers)
      },
    }
  }

  return {
    ...doors('network'),
    onSocket: doors('unix'),
    anyHost: showsItsKey,
    ready,
    notices: () => pinned.notices(),
    close: async () => {
      pinned.close()
      health.close()
      deadlines.close()
      await reader.close()
    },
  }
}

/** gRPC options for the server this service is added to: a CheckRequest carries a whole body, and grpc-js takes 4 MiB unless told. */
export function grpcServerOptions(config: Pick<BailiwickConfig, 'limits' | 'resources'>): { readonly 'grpc.max_receive_message_length': number } {
  return { 'grpc.max_receive_message_length': largestBody(config) + ROOM_FOR_THE_REST }
}

/** Headers, metadata and what surrounds a body. */
const ROOM_FOR_THE_REST = 1024 * 1024

/** A resource may take more than the limit of its kind. */
function largestBody({ limits, resources }: Pick<BailiwickConfig, 'limits' | 'resources'>): number {
  return Math.max(limits.mcpBodyBytes, limits.llmBodyBytes, ...[...resources.values()].map(({ maxBodyBytes }) => maxBodyBytes))
}

/** A body inside JSON is escaped or base64: up to twice its size for anything that is a request. */
function maxDocumentBytes(config: BailiwickConfig): number {
  return 2 * largestBody(config) + ROOM_FOR_THE_REST
}
