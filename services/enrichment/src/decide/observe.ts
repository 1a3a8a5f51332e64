// What one walk tells about itself: a count, a duration, and a span where tracing is on. Around the walk, never in it: it changes nothing the
// walk decides. What strangers ask is counted and not traced: they would fill the collector.
import type { Decision } from '@bailiwick/core'
import type { Facts, WalkDeps } from './question.ts'

export async function observe({ clock, metrics }: WalkDeps, facts: Facts, walk: () => Promise<Decision>): Promise<Decision> {
  const beganMs = clock.monotonicMs()
  const decision = await walk()
  const { effect, denial } = decision
  metrics.decided({ plane: 'gateways', effect, reason: denial?.reason, ms: clock.monotonicMs() - beganMs })
  if (facts.gateway !== undefined) facts.span?.end({ effect, reason: denial?.reason, stages: facts.timing })
  return decision
}
