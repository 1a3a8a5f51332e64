// CheckRequests as Envoy sends them with a whole body. Only an explicit allow is a success.
import { create } from '@bufbuild/protobuf'
import { authorizationService, CheckRequestSchema } from '@bailiwick/wire'
import type { CheckRequest, CheckResponse } from '@bailiwick/wire'
import { headersOf } from './possession.ts'
import type { Possession } from './possession.ts'
import { refundBody, refundHeaders } from '../../house/mcp-call.ts'
import type { Supplies } from '../../house/supplies.ts'
import type { Target } from '../target.ts'
import { grpcTarget } from './grpc.ts'

/** `possession`: of the n-th request, where tokens are bound. */
export async function extAuthzTarget(
  { url, gatewayKeys }: Supplies,
  tokens: readonly string[],
  bodyBytes?: number,
  possession: readonly Possession[] = [],
): Promise<Target> {
  const requests = tokens.map((token, n) => toCheckRequest(token, n, refundBody(n, bodyBytes), possession[n]))
  return await grpcTarget({ url, gatewayKey: gatewayKeys.edge, method: authorizationService.check, requestSchema: CheckRequestSchema, requests, refusalIn })
}

function refusalIn(response: CheckResponse | undefined): string | undefined {
  if (response?.status?.code === 0 && response.httpResponse.case === 'okResponse') return undefined
  return `denied: ${response?.status?.message ?? 'no response'}`
}

function toCheckRequest(token: string, n: number, rawBody: Buffer, possession: Possession = {}): CheckRequest {
  const certificate = possession.certificate === undefined ? {} : { certificate: encodeURIComponent(possession.certificate) }
  return create(CheckRequestSchema, {
    attributes: {
      source: {
        address: { address: { case: 'socketAddress', value: { address: '10.8.0.17', portSpecifier: { case: 'portValue', value: 52_114 } } } },
        ...certificate,
      },
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
            ...headersOf(token, possession),
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
