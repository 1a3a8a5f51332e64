// path: packages/audit/src/bad.ts
// refused by: oxlint, layers
export * from '../../tokens/src/claims.ts'
