// The subs of an `act` claim nobody has verified, outermost first. Bounded: the claim may be anything.
import { isObject } from '../http/json.ts'

const MAX_ACTORS = 16

export function actorChainOf(act: unknown): readonly string[] {
  const chain: string[] = []
  for (let here = act; isObject(here) && chain.length < MAX_ACTORS; here = here['act']) chain.push(typeof here['sub'] === 'string' ? here['sub'] : '?')
  return chain
}
