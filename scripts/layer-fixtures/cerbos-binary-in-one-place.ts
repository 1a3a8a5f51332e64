// path: packages/cli/src/bad.ts
// refused by: oxlint, layers
import 'cerbos'
