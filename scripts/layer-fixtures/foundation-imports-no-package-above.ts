// path: packages/config/src/bad.ts
// refused by: oxlint, layers
export { normaliseResourceUri } from '@bailiwick/tokens'
