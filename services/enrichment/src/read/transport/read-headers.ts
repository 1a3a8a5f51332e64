// The headers a reading depends on, each at most once. Checks, in order: spelling (an underscore is a hyphen to CGI and WSGI
// upstreams), repetition (CVE-2021-32777: two values, two readers), `Connection` (naming another header removes it behind us,
// CVE-2024-45410), `Upgrade` (behind it no further message would pass here), framing. Every other header is ignored.
import type { HeaderList } from '@bailiwick/core'
import { unreadable } from '../read-outcome.ts'
import type { Unreadable } from '../read-outcome.ts'

/** Lower-case name to value, only of headers that were checked. `authorization` is never among them. */
export type CheckedHeaders = ReadonlyMap<string, string>

export type HeadersOutcome = { readonly ok: true; readonly headers: CheckedHeaders } | ({ readonly ok: false } & Unreadable)

const RELEVANT: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
  'upgrade',
])

const CONNECTION_OPTIONS: ReadonlySet<string> = new Set(['', 'close', 'keep-alive', 'te', 'upgrade'])

/** Does not check what the values mean, beyond `Connection`, `Upgrade`, `Host` and the framing. */
export function readHeaders(list: HeaderList): HeadersOutcome {
  const headers = new Map<string, string>()
  const seen = new Set<string>()
  for (const [received, value] of list) {
    const name = received.toLowerCase()
    const canonical = name.includes('_') ? name.replaceAll('_', '-') : name
    if (!RELEVANT.has(canonical) && !canonical.startsWith('mcp-')) continue
    if (canonical !== name) return refused('header_spelling')
    if (name === 'connection') {
      if (!value.split(',').every((option) => CONNECTION_OPTIONS.has(option.trim().toLowerCase()))) return refused('connection_option')
      continue
    }
    if (seen.has(name)) return refused('header_repeated')
    seen.add(name)
    if (name !== 'authorization') headers.set(name, value)
  }
  if (headers.has('upgrade')) return refused('upgrade')
  // A gateway that joins repeats leaves a comma where none can be.
  if (headers.get('host')?.includes(',') === true) return refused('header_repeated')
  const length = headers.get('content-length')
  const coding = headers.get('transfer-encoding')
  if (length !== undefined && (coding !== undefined || !/^[0-9]{1,15}$/.test(length))) return refused('framing')
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') return refused('framing')
  return { ok: true, headers }
}

function refused(detail: string): HeadersOutcome {
  return { ok: false, ...unreadable('not_a_request', detail) }
}
