// The operator, beside Bailiwick, where its operators' plane and the token are. Asked to, it calls control.
import { join } from 'node:path'
import { z } from 'zod'
import { controlAt } from '../agents/operator.ts'
import { serveErrand } from './errands.ts'

const call = z.object({ path: z.string(), body: z.unknown().optional() })

await serveErrand(join(process.env['DESK'] ?? '/desk', 'stage/operator.sock'), async (input) => {
  const { path, body } = call.parse(input)
  // Read anew for each act: the token may be younger than this process.
  return await controlAt({ url: 'http://127.0.0.1:8422', tokenFile: '/var/lib/bailiwick/operator.token' })(path, body)
})
