// What a check found. `refuse`: not fit to run. `unknown`: could not be looked at, which is not a pass. `advice`: nothing that can be looked at from here.

export const STATUSES = ['refuse', 'unknown', 'warn', 'advice', 'ok'] as const
export type Status = (typeof STATUSES)[number]

export interface Finding {
  readonly area: Area
  /** Stable, for scripts: `store.integrity`. */
  readonly check: string
  readonly status: Status
  /** What was found. */
  readonly says: string
  /** What it costs to leave it so. Every finding but an `ok` has one. */
  readonly costs?: string
  /** What to do. */
  readonly mend?: string
}

export const AREAS = ['configuration', 'data folder', 'store', 'audit', 'keys', 'policy', 'tools', 'issuers', 'service', 'gateways'] as const
export type Area = (typeof AREAS)[number]

type Trouble = { readonly costs: string; readonly mend?: string }

export interface Recorder {
  ok(check: string, says: string): void
  warn(check: string, says: string, trouble: Trouble): void
  refuse(check: string, says: string, trouble: Trouble): void
  unknown(check: string, says: string, trouble: Trouble): void
  advice(check: string, says: string, trouble: Trouble): void
}

export function recordInto(findings: Finding[], area: Area): Recorder {
  const add = (status: Status) => (check: string, says: string, trouble?: Trouble) => void findings.push({ area, check, status, says, ...trouble })
  return { ok: add('ok'), warn: add('warn'), refuse: add('refuse'), unknown: add('unknown'), advice: add('advice') }
}

/** The code of a failed system call, for people: nothing of a file's content. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : error instanceof Error ? error.message : 'unknown failure'
}
