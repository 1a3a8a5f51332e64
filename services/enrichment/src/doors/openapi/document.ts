// The HTTP doors as an OpenAPI 3.1 document, and where it is served: those whose messages are JSON here, sub-requests in `forward-auth.ts`.
// Nothing is decided here.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JsonObject } from '@bailiwick/core'
import { FORWARD_AUTH_PATHS } from './forward-auth.ts'
import { SCHEMAS } from './schemas.ts'

interface Operation {
  readonly path: string
  readonly summary: string
  readonly request: string
  readonly answer: string
  /** Beside 200: the status and the schema of its body. */
  readonly others: Readonly<Record<string, string>>
  readonly key: 'gatewayKey' | 'apiKey'
}

const V1_ERRORS = { 400: 'Malformed', 401: 'Decision', 405: 'Malformed', 413: 'Malformed', 415: 'Malformed' } as const
const AUTHZEN_ERRORS = { 400: 'Error', 401: 'EvaluationAnswer', 405: 'Error', 413: 'Error', 415: 'Error' } as const

export const OPERATIONS: readonly Operation[] = [
  {
    path: '/v1/decide',
    summary: 'May this call pass? A deny is 200 with `effect: deny`.',
    request: 'Question',
    answer: 'Decision',
    others: V1_ERRORS,
    key: 'gatewayKey',
  },
  {
    path: '/v1/enrich',
    summary: 'What Cerbos would be asked, for who asks it; a deny in its place. For gateways with `enrich: true`.',
    request: 'Question',
    answer: 'Enriched',
    others: V1_ERRORS,
    key: 'gatewayKey',
  },
  {
    path: '/access/v1/evaluation',
    summary: 'AuthZEN 1.0. A deny is 200 with `decision: false`; 403 with `?enforce=status`.',
    request: 'Evaluation',
    answer: 'EvaluationAnswer',
    others: { ...AUTHZEN_ERRORS, 403: 'EvaluationAnswer' },
    key: 'gatewayKey',
  },
  {
    path: '/access/v1/evaluations',
    summary: 'AuthZEN 1.0, several at once.',
    request: 'Evaluations',
    answer: 'EvaluationsAnswer',
    others: { ...AUTHZEN_ERRORS, 403: 'EvaluationsAnswer' },
    key: 'gatewayKey',
  },
  {
    path: '/api/check/resources',
    summary: "Cerbos's own API.",
    request: 'CheckResources',
    answer: 'CheckResourcesAnswer',
    others: { 400: 'CerbosError', 401: 'CerbosError', 405: 'CerbosError', 413: 'CerbosError' },
    key: 'gatewayKey',
  },
  {
    path: '/api/plan/resources',
    summary: "Cerbos's own API: on which resources. What is refused is `KIND_ALWAYS_DENIED`; `cerbosCallId` names the decision.",
    request: 'PlanResources',
    answer: 'PlanResourcesAnswer',
    others: { 400: 'CerbosError', 401: 'CerbosError', 405: 'CerbosError', 413: 'CerbosError' },
    key: 'gatewayKey',
  },
  {
    path: '/beta/litellm_basic_guardrail_api',
    summary: "LiteLLM's guardrail API. Always 200.",
    request: 'Guardrail',
    answer: 'GuardrailAnswer',
    others: {},
    key: 'apiKey',
  },
]

export function openApiDocument(): JsonObject {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Bailiwick: the doors of the gateways’ plane',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: 'Every one of them decides by the same steps. Callers are configured gateways; the runtime token of the agent is a member of the request.',
    },
    paths: { ...Object.fromEntries(OPERATIONS.map((operation) => [operation.path, { post: toOperation(operation) }])), ...METADATA, ...FORWARD_AUTH_PATHS },
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        gatewayKey: { type: 'apiKey', in: 'header', name: 'x-bailiwick-gateway-key' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
    },
  }
}

/** AuthZEN 1.0, section 9. For everybody. */
const METADATA: JsonObject = {
  '/.well-known/authzen-configuration': {
    get: {
      operationId: 'authzen_configuration',
      summary: 'Where AuthZEN is asked here.',
      security: [],
      responses: { 200: { description: 'The endpoints, at the address that was asked.', content: json('AuthzenMetadata') } },
    },
  },
}

function toOperation({ path, summary, request, answer, others, key }: Operation): JsonObject {
  const answers = Object.entries({ 200: answer, ...others })
  return {
    operationId: path.slice(1).replaceAll(/[^a-z0-9]+/gi, '_'),
    summary,
    security: [{ [key]: [] }],
    requestBody: { required: true, content: json(request) },
    responses: Object.fromEntries(answers.map(([status, schema]) => [status, { description: status === '200' ? summary : schema, content: json(schema) }])),
  }
}

function json(schema: string): JsonObject {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } }
}

const PATH = '/openapi.json'
const TEXT = JSON.stringify(openApiDocument())

/** For everybody who reaches the gateways' plane: it holds nothing of the configuration. */
export function openApiDoor(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  if (request.method !== 'GET' || (request.url ?? '').split('?', 1)[0] !== PATH) {
    next()
    return
  }
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(TEXT)
}
