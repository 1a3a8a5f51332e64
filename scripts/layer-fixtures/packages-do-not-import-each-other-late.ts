// path: packages/profiles/src/bad.ts
// refused by: oxlint, layers
export const x = await import('@bailiwick/tokens')
