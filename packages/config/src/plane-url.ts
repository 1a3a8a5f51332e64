// Where a plane of this process is reached from the same machine. No I/O.
import type { ListenConfig } from './model.ts'

export type PlaneName = 'agents' | 'gateways' | 'operators'

/** Undefined where this process has no such plane. An address that means every interface is reached over loopback. */
export function planeUrl(listen: ListenConfig, plane: PlaneName): string | undefined {
  const address = 'shared' in listen ? listen.shared : listen[plane]
  if (address === undefined) return undefined
  const host = address.host === '0.0.0.0' ? '127.0.0.1' : address.host === '::' ? '::1' : address.host
  return `${'tls' in listen && listen.tls !== undefined ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}
