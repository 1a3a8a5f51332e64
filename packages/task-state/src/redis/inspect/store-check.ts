// One thing that was looked at, against what the promise needs. `unknown` is what the server does not say; it is not a pass.

export interface StoreCheck {
  /** Stable, for scripts. */
  readonly item: string
  readonly required: string
  readonly found: string
  /** `warn`: the promise holds, and something else is worse than it could be. */
  readonly status: 'pass' | 'fail' | 'warn' | 'unknown'
  /** What it costs to leave it so. */
  readonly costs: string
}

export interface Expectation {
  readonly item: string
  readonly required: string
  readonly costs: string
  /** What less than required is. Default: `fail`. */
  readonly otherwise?: 'fail' | 'warn'
}

/** Nothing found is unknown, whatever `passes` says. */
export function check({ item, required, costs, otherwise = 'fail' }: Expectation, found: string | number | undefined, passes: boolean): StoreCheck {
  if (found === undefined) return { item, required, found: 'unknown', status: 'unknown', costs }
  return { item, required, found: String(found), status: passes ? 'pass' : otherwise, costs }
}
