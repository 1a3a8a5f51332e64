// path: packages/cli/src/bad.ts
// refused by: oxlint, layers
export * from '../../../services/control/src/app.ts'
