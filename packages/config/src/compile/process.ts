// What this process is: its services, where it listens, its keys. What one plane must not see, and what may not go over a network in clear, is refused here.
import { join } from 'node:path'
import type { z } from 'zod'
import { readBounded, readPassword, readSecretFile, sha256 } from '../files.ts'
import { URL_EXPECTED, checkUrl, isLoopbackHost } from '../loopback.ts'
import type { Address, FrontConfig, KeysConfig, ListenConfig, ListenTlsConfig, ServiceName, StoreConfig } from '../model.ts'
import { SERVICES } from '../schema/house.ts'
import type { keysSchema, listenSchema, servicesSchema } from '../schema/house.ts'
import { checkNoRepeats, resolvePath } from './bench.ts'
import type { Bench } from './bench.ts'

type RawListen = z.output<typeof listenSchema>
type RawPlanes = Exclude<RawListen, string>

const MAX_PEM_BYTES = 256 * 1024

export function compileServices(bench: Bench, raw: z.output<typeof servicesSchema>): readonly ServiceName[] {
  const named = typeof raw === 'string' ? raw.split(',') : raw
  checkNoRepeats(bench, ['services'], named)
  if (named.length === 0) bench.add(['services'], 'at least one of token-exchange, enrichment and control')
  return SERVICES.filter((service) => named.includes(service))
}

/** Processes with fewer than all services work with others, and one file on one host is not for others. */
export function checkApart(bench: Bench, services: readonly ServiceName[], store: StoreConfig): void {
  if (services.length < SERVICES.length && store.kind === 'sqlite')
    bench.add(['services'], 'all three services beside store: sqlite; apart, they share a Redis store')
}

/** Which plane each service cannot be without. */
const PLANE_OF = { 'token-exchange': 'agents', enrichment: 'gateways', control: 'operators' } as const satisfies Record<ServiceName, keyof RawPlanes>

export function compileListen(bench: Bench, raw: RawListen, services: readonly ServiceName[]): ListenConfig {
  if (typeof raw === 'string') {
    if (!bench.unsafeAllowed)
      bench.add(['listen'], 'a map of agents, gateways and operators to three addresses; one address for all needs development: true and a loopback issuer')
    return { shared: compileAddress(bench, ['listen'], raw, false) }
  }
  for (const service of services) {
    const plane = PLANE_OF[service]
    if (raw[plane] === undefined) bench.add(['listen', plane], `host:port, which the service ${service} needs`, { at: 'key' })
  }
  const planes: { agents?: Address; gateways?: Address; operators?: Address } = {}
  const used = new Map<string, string>()
  for (const plane of ['agents', 'gateways', 'operators'] as const) {
    const text = raw[plane]
    if (text === undefined) continue
    const address = compileAddress(bench, ['listen', plane], text, raw.tls !== undefined)
    planes[plane] = address
    // Loopback addresses are told apart by the port alone (127.0.0.1 and localhost are one place), and so are addresses beside one that means all of
    // them. Port 0 is a new one each time.
    if (address.port !== 0 && used.has(`${address.port}`) && !bench.unsafeAllowed) {
      bench.add(['listen', plane], 'a port of its own; planes share one only with development: true and a loopback issuer')
    }
    used.set(`${address.port}`, plane)
  }
  if (raw.gateways_socket !== undefined && !services.includes('enrichment')) bench.add(['listen', 'gateways_socket'], 'the service enrichment beside it')
  const socket = raw.gateways_socket === undefined ? {} : { gatewaysSocket: compileSocket(bench, raw.gateways_socket) }
  if (raw.front !== undefined && raw.agents === undefined) bench.add(['listen', 'front'], 'agents beside front: what it stands in front of', { at: 'key' })
  return {
    ...planes,
    ...socket,
    ...(raw.tls === undefined ? {} : { tls: compileTls(bench, raw.tls) }),
    ...(raw.front === undefined ? {} : { front: compileFront(bench, raw.front, raw.tls?.client_ca !== undefined) }),
  }
}

function compileFront(bench: Bench, raw: NonNullable<RawPlanes['front']>, certificates: boolean): FrontConfig {
  const path = ['listen', 'front']
  const { secret_files: files, spiffe_id: spiffeId, san } = raw
  if ([files, spiffeId, san].filter((each) => each !== undefined).length !== 1)
    bench.add(path, 'exactly one of secret_files, spiffe_id and san: how it proves itself', { at: 'key' })
  if ((spiffeId ?? san) !== undefined && !certificates)
    bench.add(path, 'listen.tls.client_ca beside a front that proves itself by its certificate', { at: 'key' })
  const secretHashes = (files ?? []).flatMap((file, index) => {
    const read = readSecretFile(resolvePath(bench, file))
    if (read.ok) return [sha256(read.value)]
    bench.add([...path, 'secret_files', index], read.expected)
    return []
  })
  const names = { ...(spiffeId === undefined ? {} : { spiffeId }), ...(san === undefined ? {} : { san }) }
  return {
    certificateHeader: raw.certificate_header,
    authentication: files === undefined ? { method: 'mtls', ...names } : { method: 'shared_secret', secretHashes },
  }
}

/** `sun_path` of Linux holds 108 bytes with its end, that of macOS 104. */
const MAX_SOCKET_BYTES = 103

function compileSocket(bench: Bench, raw: string): string {
  const at = resolvePath(bench, raw)
  if (Buffer.byteLength(at) > MAX_SOCKET_BYTES) bench.add(['listen', 'gateways_socket'], `a path of at most ${MAX_SOCKET_BYTES} bytes from the root`)
  return at
}

function compileAddress(bench: Bench, path: readonly string[], text: string, tls: boolean): Address {
  const colon = text.lastIndexOf(':')
  const host = text.slice(0, colon)
  const port = Number(text.slice(colon + 1))
  if (port > 65_535) bench.add(path, 'a port from 0 to 65535')
  if (!tls && !isLoopbackHost(host))
    bench.add(path, 'a loopback address (127.0.0.1, [::1] or localhost), or listen.tls beside it: nothing is served in clear to others')
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port }
}

function compileTls(bench: Bench, raw: NonNullable<RawPlanes['tls']>): ListenTlsConfig {
  const checked = (name: 'cert' | 'key' | 'client_ca', file: string): string => {
    const at = resolvePath(bench, file)
    const read = name === 'key' ? readPassword(at, MAX_PEM_BYTES) : readBounded(at, MAX_PEM_BYTES)
    if (!read.ok) bench.add(['listen', 'tls', name], read.expected)
    else if (!read.value.includes('-----BEGIN ')) bench.add(['listen', 'tls', name], 'a PEM file')
    return at
  }
  return {
    certFile: checked('cert', raw.cert),
    keyFile: checked('key', raw.key),
    ...(raw.client_ca === undefined ? {} : { clientCaFile: checked('client_ca', raw.client_ca) }),
  }
}

export function compileKeys(bench: Bench, raw: z.output<typeof keysSchema>, dataDirectory: string, services: readonly ServiceName[]): KeysConfig {
  if (raw.jwks === undefined) {
    return {
      kind: 'directory',
      directory: raw.directory === undefined ? join(dataDirectory, 'keys') : resolvePath(bench, raw.directory),
      algorithm: raw.algorithm,
    }
  }
  if (raw.directory !== undefined) bench.add(['keys', 'directory'], 'either directory or jwks', { at: 'key' })
  if (services.some((service) => service !== 'enrichment'))
    bench.add(['keys', 'jwks'], 'directory: token-exchange and control sign, and a key set verifies only')
  const checked = checkUrl(raw.jwks, { http: bench.unsafeAllowed ? 'loopback' : 'never' })
  if (!checked.ok) bench.add(['keys', 'jwks'], URL_EXPECTED[checked.problem])
  return { kind: 'jwks', url: raw.jwks }
}
