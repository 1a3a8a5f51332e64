// path: services/enrichment/src/doors/good.ts
// refused by: nobody
/* JSON.parse would take a member twice. */
export const text: string = JSON.stringify({ problem: 'no JSON', other: `JSON.parse` }) // not JSON.parse
