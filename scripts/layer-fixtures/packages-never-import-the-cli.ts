// path: packages/runtime/src/bad.ts
// refused by: oxlint, layers
import '@bailiwick/cli'
