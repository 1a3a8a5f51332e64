// V2: what was denied because it had ended, and is allowed afterwards. Fed in the order things ended. No I/O.
import type { CheckEvent } from './event.ts'

export interface Resurrection {
  readonly event: CheckEvent
  readonly lagNs: number
}

export interface Resurrections {
  /** A deny that said ended. */
  denied(event: CheckEvent): void
  allowed(event: CheckEvent): void
  /** A deny that may have been about its token alone says nothing of another token. Which tokens were revoked is known in the end. */
  found(revokedTokens: ReadonlySet<string>): readonly Resurrection[]
}

export function createResurrections(): Resurrections {
  /** The end of the first deny, by what it speaks of and the token it was said about. */
  const seen = new Map<string, Map<string, number>>()
  const risen: { readonly event: CheckEvent; readonly after: ReadonlyMap<string, number> }[] = []
  return {
    denied({ task, resource, token, reason, endNs }) {
      // A cut-off may be the resource's alone.
      const key = reason === 'cut_off' ? `${task} ${resource}` : task
      const byToken = seen.get(key) ?? new Map<string, number>()
      seen.set(key, byToken)
      if (!byToken.has(token)) byToken.set(token, endNs)
    },
    allowed(event) {
      for (const key of [event.task, `${event.task} ${event.resource}`]) {
        const after = seen.get(key)
        if (after !== undefined && [...after.values()].some((seenNs) => event.invokeNs > seenNs)) risen.push({ event, after: new Map(after) })
      }
    },
    found: (revokedTokens) =>
      risen.flatMap(({ event, after }): readonly Resurrection[] => {
        const counted = [...after].filter(([token, seenNs]) => event.invokeNs > seenNs && (token === event.token || !revokedTokens.has(token)))
        return counted.length === 0 ? [] : [{ event, lagNs: event.invokeNs - Math.min(...counted.map(([, seenNs]) => seenNs)) }]
      }),
  }
}
