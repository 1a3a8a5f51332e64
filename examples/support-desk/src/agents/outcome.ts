// What came of something an agent or a person tried: it went through, or it was refused and here is what the refusal said.
import { denialOf } from '@bailiwick/client'
import type { BailiwickDenial } from '@bailiwick/client'

export type Outcome = { readonly effect: 'allow'; readonly text: string } | { readonly effect: 'deny'; readonly denial: BailiwickDenial }

/** Runs it. A refusal of Bailiwick's is an outcome, however it was thrown; every other error is a bug of the example and goes on. */
export async function outcomeOf(run: () => Promise<string>): Promise<Outcome> {
  try {
    return { effect: 'allow', text: await run() }
  } catch (thrown) {
    const denial = denialOf(thrown)
    if (denial === undefined) throw thrown
    return { effect: 'deny', denial }
  }
}

/** A refusal that somebody else gave: a server behind the gateway, an error of a tool. */
export function refusedElsewhere(reason: string, message: string): Outcome {
  return { effect: 'deny', denial: { reason, message, retryable: false } }
}
