// path: services/control/src/http/bad.ts
// refused by: layers
const { parse } = JSON
export const read = (text: string): unknown => parse(text)
