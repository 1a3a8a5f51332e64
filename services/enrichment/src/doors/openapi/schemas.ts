// The messages of the HTTP doors as JSON Schema 2020-12, for the OpenAPI document. Objects that are closed here are closed in the code too;
// a test holds both to the same answers.
import { DENIALS } from '@bailiwick/core'
import type { JsonObject } from '@bailiwick/core'

const text = { type: 'string' } as const
const names = { type: 'array', items: text } as const
const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` })

function closed(properties: JsonObject, required: readonly string[] = []): JsonObject {
  return { type: 'object', additionalProperties: false, required, properties }
}

function open(properties: JsonObject, required: readonly string[] = []): JsonObject {
  return { type: 'object', required, properties }
}

const http = closed(
  {
    method: text,
    path: { ...text, description: 'With the query, as the client sent it.' },
    headers: { type: 'array', maxItems: 200, items: { type: 'array', minItems: 2, maxItems: 2, items: text } },
    body: { ...text, description: 'UTF-8. Not beside body_base64.' },
    body_base64: text,
  },
  ['method', 'path'],
)
const mcp = closed(
  {
    method: text,
    params: { type: 'object' },
    version: { ...text, description: 'The MCP revision, such as 2025-06-18.' },
    listed: { ...names, description: "The names in the server's answer to a list: which of them may stay is in `kept`." },
  },
  ['method', 'version'],
)
const evaluationMembers: JsonObject = {
  subject: open({ type: text, id: text }, ['type', 'id']),
  resource: open(
    {
      type: { ...text, description: 'COAZ-MCP: mcp_server, tool, resource, prompt, task; or a kind: mcp:<resource>, llm:<resource>.' },
      id: text,
      properties: { type: 'object' },
    },
    ['type', 'id'],
  ),
  action: open({ name: text }, ['name']),
  context: open({ bailiwick: open({ token: { ...text, description: 'The runtime token.' }, resource: text }) }),
}

export const SCHEMAS: JsonObject = {
  Reason: { type: 'string', enum: Object.keys(DENIALS) },
  Remediation: open({ type: text }, ['type']),
  Task: closed({ id: text, revision: { type: 'array', minItems: 2, maxItems: 2, items: { type: 'integer' } } }, ['id']),
  Question: {
    ...closed(
      {
        resource: text,
        token: { ...text, description: 'The runtime token.' },
        proof: closed({
          dpop: { ...text, description: 'The `DPoP` header the agent sent, where `http.headers` does not hold it.' },
          x5t_s256: { ...text, pattern: '^[A-Za-z0-9_-]{43}$', description: 'SHA-256 of the certificate of the connection with the agent, in base64url.' },
        }),
        http,
        mcp,
        can_drop_tools: { type: 'boolean', description: 'The gateway can send a model call on with fewer tools: those of `kept`.' },
      },
      [],
    ),
    oneOf: [{ required: ['http'] }, { required: ['mcp'] }],
  },
  Decision: closed(
    {
      decision_id: text,
      effect: { enum: ['allow', 'deny'] },
      shadow: { const: true, description: 'Let through in shadow mode; the members beside say what enforcing would have answered.' },
      reason: ref('Reason'),
      message: text,
      remediation: ref('Remediation'),
      retryable: { type: 'boolean' },
      kept: names,
      dropped: names,
      allowed_tools: names,
      task: ref('Task'),
      reply: closed({ status: { type: 'integer' }, headers: { type: 'array', items: { type: 'array', minItems: 2, maxItems: 2, items: text } }, body: text }, [
        'status',
        'headers',
        'body',
      ]),
    },
    ['effect'],
  ),
  Enriched: closed(
    {
      decision_id: text,
      request: {
        oneOf: [
          { type: 'null', description: 'The call asks no policy.' },
          closed(
            {
              principal: open({ id: text, roles: names, attr: { type: 'object' } }),
              resource: open({ kind: text, id: text, attr: { type: 'object' } }),
              actions: names,
            },
            ['principal', 'resource', 'actions'],
          ),
        ],
      },
      checked_at: { type: 'string', format: 'date-time' },
    },
    ['decision_id', 'request', 'checked_at'],
  ),
  Malformed: open({ reason: { const: 'request_malformed' }, problem: text }, ['problem']),
  Evaluation: open(evaluationMembers, ['subject', 'resource', 'action']),
  Evaluations: open({
    ...evaluationMembers,
    evaluations: { type: 'array', maxItems: 50, items: open(evaluationMembers) },
    options: open({ evaluations_semantic: { enum: ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] } }),
  }),
  EvaluationAnswer: closed(
    {
      decision: { type: 'boolean' },
      context: open(
        {
          effect: { enum: ['allow', 'deny'] },
          decision_id: text,
          reason: ref('Reason'),
          message: text,
          remediation: ref('Remediation'),
          retryable: { type: 'boolean' },
        },
        ['effect'],
      ),
    },
    ['decision', 'context'],
  ),
  EvaluationsAnswer: { oneOf: [closed({ evaluations: { type: 'array', items: ref('EvaluationAnswer') } }, ['evaluations']), ref('EvaluationAnswer')] },
  AuthzenMetadata: closed({ policy_decision_point: text, access_evaluation_endpoint: text, access_evaluations_endpoint: text }, [
    'policy_decision_point',
    'access_evaluation_endpoint',
    'access_evaluations_endpoint',
  ]),
  CheckResources: open(
    {
      requestId: text,
      principal: { type: 'object', description: 'Read by nobody: the token says who it is about.' },
      resources: {
        type: 'array',
        items: open({ actions: names, resource: open({ kind: text, id: text, attr: { type: 'object' } }, ['kind', 'id']) }, ['actions', 'resource']),
      },
      auxData: open({ jwt: open({ token: { ...text, description: 'The runtime token.' } }) }),
    },
    ['resources'],
  ),
  CheckResourcesAnswer: closed({
    requestId: text,
    cerbosCallId: text,
    results: {
      type: 'array',
      items: closed({
        resource: closed({ id: text, kind: text, policyVersion: text, scope: text }),
        actions: { type: 'object', additionalProperties: { enum: ['EFFECT_ALLOW', 'EFFECT_DENY'] } },
        outputs: { type: 'array', items: closed({ src: { const: 'bailiwick' }, action: text, val: { type: 'object' } }) },
      }),
    },
  }),
  PlanResources: open(
    {
      requestId: text,
      principal: { type: 'object', description: 'Read by nobody: the token says who it is about.' },
      action: { ...text, description: 'As older clients say it; not beside actions.' },
      actions: { ...names, maxItems: 20 },
      resource: open({ kind: text, attr: { type: 'object' } }, ['kind']),
      auxData: open({ jwt: open({ token: { ...text, description: 'The runtime token.' } }) }),
    },
    ['resource'],
  ),
  PlanOperand: {
    oneOf: [
      closed({ value: {} }, ['value']),
      closed({ variable: text }, ['variable']),
      closed({ expression: closed({ operator: text, operands: { type: 'array', items: ref('PlanOperand') } }, ['operator']) }, ['expression']),
    ],
  },
  PlanResourcesAnswer: closed(
    {
      requestId: text,
      action: text,
      actions: names,
      resourceKind: text,
      policyVersion: text,
      cerbosCallId: text,
      filter: closed({ kind: { enum: ['KIND_ALWAYS_ALLOWED', 'KIND_ALWAYS_DENIED', 'KIND_CONDITIONAL'] }, condition: ref('PlanOperand') }, ['kind']),
    },
    ['filter'],
  ),
  Guardrail: open({
    input_type: { enum: ['request', 'response'] },
    model: { type: ['string', 'null'] },
    tools: { type: ['array', 'null'], items: { type: 'object' } },
    request_headers: { type: ['object', 'null'], description: 'The runtime token is x-bailiwick-token.' },
  }),
  GuardrailAnswer: closed(
    { action: { enum: ['NONE', 'BLOCKED', 'GUARDRAIL_INTERVENED'] }, blocked_reason: text, tools: { type: 'array', minItems: 1, items: { type: 'object' } } },
    ['action'],
  ),
  CerbosError: closed({ code: { type: 'integer' }, message: text }, ['code', 'message']),
  Error: closed({ error: text }, ['error']),
}
