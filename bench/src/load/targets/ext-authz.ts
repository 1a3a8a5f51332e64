// CheckRequests as Envoy sends them with a whole body. Only an explicit allow is a success.
import { create } from '@bufbuild/protobuf'
import { authorizationService, CheckRequestSchema } from '@bailiwick/wire'
import type { CheckRequest, CheckResponse } from '@bailiwick/wire'
import { refundBody, refundHeaders } from '../../house/mcp-call.ts'
import type { Supplies } from '../../house/supplies.ts'
import type { Target } from '../target.ts'
import { grpcTarget } from './grpc.ts'

export async function extAuthzTarget({ url, gatewayKeys }: Supplies, tokens: readonly string[], bodyBytes?: number): Promise<Target> {
  const requests = tokens.map((token, n) => toCheckRequest(token, n, refundBody(n, bodyBytes)))
  return await grpcTarget({ url, gatewayKey: gatewayKeys.edge, method: authorizationService.check, requestSchema: CheckRequestSchema, requests, refusalIn })
}

function refusalIn(response: CheckResponse | undefined): string | undefined {
  if (response?.status?.code === 0 && response.httpResponse.case === 'okResponse') return undefined
  return `denied: ${response?.status?.message ?? 'no response'}`
}

function toCheckRequest(token: string, n: number, rawBody: Buffer): CheckRequest {
  return create(CheckRequestSchema, {
    attributes: {
      source: { address: { address: { case: 'socketAddress', value: { address: '10.8.0.17', portSpecifier: { case: 'portValue', value: 52_114 } } } } },
      destination: { address: { address: { case: 'socketAddress', value: { address: '10.8.0.2', portSpecifier: { case: 'portValue', value: 8_443 } } } } },
      request: {
        http: {
          id: String(n),
          method: 'POST',
          path: '/mcp',
          host: 'payments.example.com',
          scheme: 'https',
          protocol: 'HTTP/2',
          headers: {
            ':method': 'POST',
            ':path': '/mcp',
            ':authority': 'payments.example.com',
            ...Object.fromEntries(refundHeaders(token, n, rawBody.length)),
            'x-envoy-auth-partial-body': 'false',
          },
          rawBody,
          size: BigInt(rawBody.length),
        },
      },
      contextExtensions: { bailiwick_resource: 'payments' },
    },
  })
}
