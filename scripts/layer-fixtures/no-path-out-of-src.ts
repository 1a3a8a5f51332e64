// path: services/control/src/http/bad.ts
// refused by: oxlint, layers
import rules from '../../../../policies/rules.json' with { type: 'json' }
export const x: unknown = rules
