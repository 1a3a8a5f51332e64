// path: packages/core/src/comment.ts
// refused by: nobody
// import { z } from 'zod'
/* import '@bailiwick/control' */
export const x = 'https://example.org/import'
