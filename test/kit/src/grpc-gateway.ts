// What Envoy and agentgateway do with a CheckResponse: which headers the server behind them gets, or what the client gets. Written from their
// sources (Envoy's ext_authz filter and gRPC client, agentgateway's http/ext_authz.rs); lenient exactly where they are. No I/O.
import type { HeaderList } from '@bailiwick/core'
import { HeaderValueOption_HeaderAppendAction as AppendAction } from '@bailiwick/wire'
import type { CheckResponse, HeaderValueOption } from '@bailiwick/wire'

export type GrpcGateway =
  | 'envoy'
  /** Before `append_action`: an absent `append` overwrites. */
  | 'envoy_old'
  | 'agentgateway'

export const GRPC_GATEWAYS: readonly GrpcGateway[] = ['envoy', 'envoy_old', 'agentgateway']

export type Passed =
  | { readonly allowed: true; readonly headers: HeaderList }
  | { readonly allowed: false; readonly status: number; readonly headers: HeaderList; readonly body: string }

/** `sent`: the client's request headers, names lower-case. */
export function passThrough(gateway: GrpcGateway, response: CheckResponse, sent: HeaderList): Passed {
  const { status, httpResponse } = response
  // Both take an answer that is no denial for leave to pass: a missing status, an empty message.
  const code = status?.code ?? 0
  if (code !== 0) {
    if (httpResponse.case !== 'deniedResponse') return { allowed: false, status: 403, headers: [], body: '' }
    const denied = httpResponse.value
    return { allowed: false, status: denied.status?.code ?? 403, headers: denied.headers.flatMap(pair), body: denied.body }
  }
  if (httpResponse.case !== 'okResponse') return { allowed: true, headers: sent }
  const { headers, headersToRemove } = httpResponse.value
  const removed = (list: HeaderList): HeaderList => list.filter(([name]) => !headersToRemove.some((each) => each.toLowerCase() === name))
  const set = (list: HeaderList): HeaderList => headers.reduce((before, option) => mutate(gateway, before, option), list)
  return { allowed: true, headers: gateway === 'agentgateway' ? set(removed(sent)) : removed(set(sent)) }
}

function mutate(gateway: GrpcGateway, list: HeaderList, option: HeaderValueOption): HeaderList {
  const [entry] = pair(option)
  if (entry === undefined) return list
  const [name, value] = entry
  // Envoy drops it unless told to keep it, agentgateway skips the entry: in both the client's own stays.
  if (value === '' && !option.keepEmptyValue) return list
  const appends = option.append ?? (gateway === 'envoy' && option.appendAction === AppendAction.APPEND_IF_EXISTS_OR_ADD)
  return [...(appends ? list : list.filter(([each]) => each !== name)), [name, value]]
}

function pair({ header }: HeaderValueOption): readonly (readonly [string, string])[] {
  return header === undefined ? [] : [[header.key.toLowerCase(), header.value]]
}
