// A source's memory whose answers are told on, with how long they took. What is remembered stays answered without a turn of the event loop.
import type { Clock } from '@bailiwick/core'
import type { SourceRead } from './enricher.ts'
import type { Held, SourceCache } from './source-cache.ts'

export function observed(cache: SourceCache, clock: Clock, observe: (read: SourceRead) => void): SourceCache {
  const source = cache.config.name
  return {
    config: cache.config,
    get(subject, deadline) {
      const beganMs = clock.monotonicMs()
      const told = (held: Held): Held => {
        observe({ source, outcome: outcomeOf(held), ms: clock.monotonicMs() - beganMs })
        return held
      }
      const held = cache.get(subject, deadline)
      return held instanceof Promise ? held.then(told) : told(held)
    },
    invalidate: (sub) => cache.invalidate(sub),
    get failing() {
      return cache.failing
    },
  }
}

function outcomeOf(held: Held): SourceRead['outcome'] {
  switch (held.kind) {
    case 'share':
      return held.outcome
    case 'absent':
      return 'absent'
    case 'fault':
      return 'failed'
  }
}
