// path: services/enrichment/src/doors/bad.ts
// refused by: layers
export const shown = (text: string): string => `it's {${String(JSON.parse(text))}}`
