// What Envoy and agentgateway ask over gRPC, and what their answers say.
import { create } from '@bufbuild/protobuf'
import { passThrough } from '@bailiwick/kit/grpc-gateway'
import { authorizationService, CheckRequestSchema, extMcpService, McpRequestSchema } from '@bailiwick/wire'
import { gatewayKey } from '../cluster/house.ts'
import type { NodePlace } from '../cluster/house.ts'
import { headersOf, PROTOCOL_VERSION } from './call.ts'
import type { AskedCall } from './call.ts'
import { NOTHING } from './answer.ts'
import type { DoorAnswer } from './answer.ts'
import type { DoorDeps } from './doors.ts'
import { memberOf, textOf } from './http.ts'

const DECISION_HEADER = 'x-bailiwick-decision'

export interface GrpcQuestion {
  readonly resource: string
  readonly token: string
  readonly call: AskedCall
}

export async function askExtAuthz({ grpc, house }: DoorDeps, node: NodePlace, { resource, token, call }: GrpcQuestion): Promise<DoorAnswer> {
  const rawBody = Buffer.from(call.body)
  const headers = { ...Object.fromEntries(headersOf(token, call)), 'x-envoy-auth-partial-body': 'false' }
  const http = {
    method: 'POST',
    path: '/mcp',
    host: `${resource}.example.com`,
    scheme: 'https',
    protocol: 'HTTP/2',
    headers,
    rawBody,
    size: BigInt(rawBody.length),
  }
  const request = create(CheckRequestSchema, { attributes: { request: { http }, contextExtensions: { bailiwick_resource: resource } } })
  const response = await grpc.ask(node, authorizationService.check, request, gatewayKey(house, 'edge'))
  if (response === undefined) return NOTHING
  const answer = response.httpResponse
  const passed = passThrough('envoy', response, Object.entries(headers))
  if (response.status?.code === 0 && answer.case === 'okResponse') {
    return { ...allowed(answer.value.headers.find(({ header }) => header?.key === DECISION_HEADER)?.header?.value, call), passed }
  }
  if (answer.case !== 'deniedResponse' || response.status === undefined) return { ...NOTHING, passed }
  return { result: 'deny', reason: response.status.message, passed }
}

export async function askExtMcp({ grpc, house }: DoorDeps, node: NodePlace, { resource, token, call }: GrpcQuestion): Promise<DoorAnswer> {
  const headers = [
    { key: 'authorization', value: Buffer.from(`Bearer ${token}`) },
    { key: 'mcp-protocol-version', value: Buffer.from(PROTOCOL_VERSION) },
  ]
  const request = create(McpRequestSchema, { serviceNames: [resource], method: 'tools/call', mcpRequest: Buffer.from(call.params), headers })
  const response = await grpc.ask(node, extMcpService.checkRequest, request, gatewayKey(house, 'mesh'))
  if (response?.result.case === 'pass') {
    const decision = response.headerMutation?.set.find(({ key }) => key === DECISION_HEADER)?.value
    return allowed(decision === undefined ? undefined : Buffer.from(decision).toString('latin1'), call)
  }
  if (response?.result.case !== 'error') return NOTHING
  const { mcpError } = response.result.value
  const reason = textOf(memberOf(Buffer.from(mcpError ?? new Uint8Array()).toString('utf8'), 'reason'))
  return { result: 'deny', ...(reason === undefined ? {} : { reason }) }
}

function allowed(decision: string | undefined, { digest }: AskedCall): DoorAnswer {
  return { result: 'allow', digest, ...(decision === undefined ? {} : { recordId: decision }) }
}
