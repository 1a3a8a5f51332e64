// Which Host headers a plaintext listener serves. Pure.

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * True for the listener's own address with its port, for any spelling of loopback when it listens on loopback, and for the
 * configured names. A configured name without a port is served on every port.
 */
export function isAllowedHost(header: string | undefined, host: string, port: number, configured: readonly string[]): boolean {
  if (header === undefined || header === '') return false
  const value = header.toLowerCase()
  const own = host.includes(':') ? `[${host}]` : host
  if (value === `${own}:${port}` || (port === 80 && value === own)) return true
  if (LOOPBACK.has(own) && LOOPBACK.has(value.endsWith(`:${port}`) ? value.slice(0, -`:${port}`.length) : '')) return true
  const name = value.replace(/:\d{1,5}$/, '')
  return configured.some((allowed) => allowed === value || allowed === name)
}
