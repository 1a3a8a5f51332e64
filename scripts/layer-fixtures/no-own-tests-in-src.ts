// path: packages/tokens/src/bad.ts
// refused by: oxlint, layers
export * from '../test/fixtures.ts'
