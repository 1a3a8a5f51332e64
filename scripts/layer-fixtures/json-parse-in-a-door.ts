// path: services/enrichment/src/doors/bad.ts
// refused by: layers
export const read = (text: string): unknown => JSON.parse(text)
