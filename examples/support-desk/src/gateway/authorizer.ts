// The ext_authz client of the example gateway: one CheckRequest per request, a deadline, and deny for everything that is not a clear allow.
import { create } from '@bufbuild/protobuf'
import { Client, Metadata, credentials } from '@grpc/grpc-js'
import { authorizationService, CheckRequestSchema } from '@bailiwick/wire'
import type { CheckResponse } from '@bailiwick/wire'

export interface AuthorizerOptions {
  /** `127.0.0.1:8420`. */
  readonly address: string
  /** Proves which gateway is asking. */
  readonly gatewayKey: string
  readonly timeoutMs?: number
}

export interface CheckedRequest {
  readonly method: string
  readonly path: string
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  readonly resource: string
  readonly peer: string
}

export type Verdict =
  | { readonly effect: 'allow'; readonly set: readonly (readonly [string, string])[]; readonly remove: readonly string[] }
  | { readonly effect: 'deny'; readonly status: number; readonly headers: readonly (readonly [string, string])[]; readonly body: string }

export interface Authorizer {
  check(request: CheckedRequest): Promise<Verdict>
  close(): void
}

/** A real gateway waits for a second at most; this one shows what Bailiwick says, on a machine that has just started all of it. */
const DEFAULT_TIMEOUT_MS = 2_000

export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const client = new Client(options.address, credentials.createInsecure(), { 'grpc.max_reconnect_backoff_ms': 250 })
  const metadata = new Metadata()
  metadata.set('x-bailiwick-gateway-key', options.gatewayKey)
  const { path, requestSerialize, responseDeserialize } = authorizationService.check
  return {
    check: (request) =>
      new Promise((resolve) => {
        const message = create(CheckRequestSchema, {
          attributes: {
            source: { address: { address: { case: 'socketAddress', value: { address: request.peer } } } },
            request: {
              http: {
                method: request.method,
                path: request.path,
                headers: { ...Object.fromEntries(request.headers), ...(request.body.length > 0 ? { 'x-envoy-auth-partial-body': 'false' } : {}) },
                rawBody: request.body,
                size: BigInt(request.body.length),
                protocol: 'HTTP/1.1',
              },
            },
            contextExtensions: { bailiwick_resource: request.resource },
          },
        })
        const deadline = new Date(Date.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS))
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, metadata, { deadline }, (error, response) => {
          resolve(error !== null || response === undefined ? NO_DECISION : toVerdict(response))
        })
      }),
    close: () => client.close(),
  }
}

const NO_DECISION: Verdict = {
  effect: 'deny',
  status: 403,
  headers: [['content-type', 'application/problem+json']],
  body: JSON.stringify({ status: 403, detail: 'The gateway could not get a decision.' }),
}

/** Allow needs all of it: a status, OK, and an OkHttpResponse. An empty answer is not one. */
function toVerdict(response: CheckResponse): Verdict {
  const { status, httpResponse } = response
  if (status?.code === 0 && httpResponse.case === 'okResponse') {
    const set = httpResponse.value.headers.flatMap((option) => (option.header === undefined ? [] : [[option.header.key, option.header.value] as const]))
    return { effect: 'allow', set, remove: httpResponse.value.headersToRemove }
  }
  if (httpResponse.case !== 'deniedResponse') return NO_DECISION
  const denied = httpResponse.value
  const headers = denied.headers.flatMap((option) => (option.header === undefined ? [] : [[option.header.key, option.header.value] as const]))
  return { effect: 'deny', status: denied.status?.code ?? 403, headers, body: denied.body }
}
