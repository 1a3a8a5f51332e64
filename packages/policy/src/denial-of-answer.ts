// From what the policy said to the denial a walk returns. No I/O.
import type { Denial } from '@bailiwick/core'
import type { PolicyAnswer } from './decider.ts'

const ARGUMENTS = '/arguments'
/** The outcome words that are reasons of their own. */
const OUTCOMES = ['not_visible', 'limit_exceeded', 'approval_required'] as const
const MAX_POINTERS = 20
const MAX_POINTER_LENGTH = 256

/**
 * Undefined on allow, and only then. The agent sees pointers into its own arguments, the policy's own reason and remediation; what the
 * schema says of the principal or of attributes we own stays in `detail`, for the audit.
 */
export function denialOfAnswer(answer: PolicyAnswer): Denial | undefined {
  if (answer.effect === 'allow') return undefined
  if (answer.schemaErrors.length > 0) return denialOfSchemaErrors(answer.schemaErrors)
  const spoken = {
    ...(answer.reason === undefined ? {} : { policyReason: answer.reason }),
    ...(answer.remediation === undefined ? {} : { remediation: answer.remediation }),
    ...(answer.rule === undefined ? {} : { rule: answer.rule }),
  }
  return { reason: OUTCOMES.find((known) => known === answer.outcome) ?? 'policy_denied', ...spoken }
}

function denialOfSchemaErrors(errors: PolicyAnswer['schemaErrors']): Denial {
  const ours = errors.filter((error) => !isArgument(error))
  // Correcting the arguments would not help while anything else is wrong too: then it is not the agent's mistake to mend.
  if (ours.length > 0) return { reason: 'policy_denied', detail: `schema refused ${ours.slice(0, 5).map(describe).join(', ')}` }
  const pointers = new Set(errors.map((error) => error.path.slice(ARGUMENTS.length, ARGUMENTS.length + MAX_POINTER_LENGTH)))
  return { reason: 'arguments_invalid', pointers: [...pointers].toSorted().slice(0, MAX_POINTERS) }
}

type SchemaError = PolicyAnswer['schemaErrors'][number]

/** Points into what the agent itself sent. */
export function isArgument({ path, source }: SchemaError): boolean {
  return source === 'resource' && (path === ARGUMENTS || path.startsWith(`${ARGUMENTS}/`))
}

function describe({ path, source }: SchemaError): string {
  return `${source} ${path.slice(0, 64)}`
}
