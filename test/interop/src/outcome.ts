// What a peer file tells the runner about itself.
import { z } from 'zod'

/** The environment variable that names the folder outcomes are written to. */
export const OUTCOMES_FOLDER = 'INTEROP_OUTCOMES'

export const OUTCOME = z.union([z.strictObject({ name: z.string(), version: z.string() }), z.strictObject({ name: z.string(), skipped: z.string() })])
export type Outcome = z.infer<typeof OUTCOME>
