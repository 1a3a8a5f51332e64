// A counter for the hottest path: adds to a number, and shows the SDK its sums when they are read. The SDK's own counter would build a key from
// the labels at every call, which costs more than most steps of a decision.
import type { Attributes, Meter } from '@opentelemetry/api'

/** `key` must name the labels and nothing else; they are asked for once per key. */
export type Tally = (key: string, by: number, labels: () => Attributes) => void

export function createTally(meter: Meter, name: string, description: string): Tally {
  const sums = new Map<string, { readonly labels: Attributes; value: number }>()
  meter.createObservableCounter(name, { description }).addCallback((result) => {
    for (const { labels, value } of sums.values()) result.observe(value, labels)
  })
  return (key, by, labels) => {
    const sum = sums.get(key)
    if (sum === undefined) sums.set(key, { labels: labels(), value: by })
    else sum.value += by
  }
}
