// Tells an operator's mistake from an agent's: a policy or schema that does not fit what the service asks denies everything, and looks like rules
// that say no. No I/O.
import { isArgument } from './denial-of-answer.ts'
import type { PolicyAnswer } from './decider.ts'

/** True where the schemas refuse what we say of the principal or the call, beyond the agent's own arguments. */
export function isMismatch({ schemaErrors }: PolicyAnswer): boolean {
  return schemaErrors.some((error) => !isArgument(error))
}
