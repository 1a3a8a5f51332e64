// What gateways with an HTTP sub-request do with the answer, set up to copy the identity headers: which headers the server gets, or what the
// client gets. Written from their documentation and sources; lenient exactly where they are. No I/O.
import type { HeaderList } from '@bailiwick/core'
import type { Passed } from './grpc-gateway.ts'

export type HttpGateway = 'envoy' | 'nginx' | 'nginx_lua' | 'caddy' | 'traefik' | 'haproxy'

export interface SubReply {
  readonly status: number
  readonly headers: HeaderList
  readonly body: string
}

const COPIED: readonly string[] = ['subject', 'actor', 'task', 'resource', 'decision'].map((name) => `x-bailiwick-${name}`)

export function passThroughHttp(gateway: HttpGateway, reply: SubReply, sent: HeaderList): Passed {
  if (!isLeave(gateway, reply.status)) return denied(gateway, reply)
  return { allowed: true, headers: forwarded(gateway, reply, sent) }
}

/** Envoy wants 200, the others any 2xx. */
function isLeave(gateway: HttpGateway, status: number): boolean {
  return gateway === 'envoy' ? status === 200 : status >= 200 && status < 300
}

function denied(gateway: HttpGateway, { status, headers, body }: SubReply): Passed {
  if (gateway !== 'nginx') return { allowed: false, status, headers, body }
  // auth_request: anything but 401 and 403 is a fault of its own to nginx; the body is nginx's, from our header.
  if (status !== 401 && status !== 403) return { allowed: false, status: 500, headers: [], body: '' }
  return { allowed: false, status, headers: headers.filter(([name]) => name === 'www-authenticate'), body: valueOf(headers, 'x-bailiwick-denial') ?? '' }
}

function forwarded(gateway: HttpGateway, { headers }: SubReply, sent: HeaderList): HeaderList {
  switch (gateway) {
    case 'envoy': {
      // allowed_upstream_headers: prefix x-bailiwick-; then what the answer wants removed.
      const set = headers.filter(([name]) => name.startsWith('x-bailiwick-'))
      const removed = (valueOf(headers, 'x-envoy-auth-headers-to-remove') ?? '').split(',')
      const kept = sent.filter(([name]) => !set.some(([other]) => other === name))
      return [...kept, ...set].filter(([name]) => !removed.includes(name))
    }
    case 'nginx':
      // An empty variable sends no header. What starts with our prefix beside the five stays; underscores nginx drops by itself.
      return copied(sent, headers, () => undefined).filter(([name, value]) => value !== '' && !name.includes('_') && name !== 'authorization')
    case 'caddy':
      // 2.6.2 writes its own placeholder where the answer has no such header.
      return copied(
        sent.filter(([name]) => !name.startsWith('x-bailiwick-')),
        headers,
        (name) => `{http.reverse_proxy.header.${name}}`,
      ).filter(([name, value]) => name !== 'authorization' && value !== '')
    case 'traefik':
      return copied(sent, headers, () => undefined).filter(([name]) => name !== 'authorization')
    case 'nginx_lua':
    case 'haproxy':
      return copied(
        sent.filter(([name]) => !name.replaceAll('_', '-').startsWith('x-bailiwick-')),
        headers,
        () => undefined,
      ).filter(([name, value]) => value !== '' && name !== 'authorization')
  }
}

function copied(sent: HeaderList, reply: HeaderList, missing: (name: string) => string | undefined): HeaderList {
  const set = COPIED.flatMap((name) => {
    const value = valueOf(reply, name) ?? missing(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return [...sent.filter(([name]) => !COPIED.includes(name)), ...set]
}

function valueOf(headers: HeaderList, name: string): string | undefined {
  return headers.find(([each]) => each === name)?.[1]
}
