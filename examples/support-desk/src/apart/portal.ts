// The support portal in a container of its own. Asked to, it signs a person in and hands one ticket to the refund agent.
import { join } from 'node:path'
import { z } from 'zod'
import { delegateRefund } from '../agents/portal.ts'
import { clientKey } from '../household/keys.ts'
import { readPrivateJwk } from '../household/private-jwk.ts'
import { portalRedirectUri } from '../idp/identity-provider.ts'
import { ADDRESSES } from './addresses.ts'
import { serveErrand } from './errands.ts'

const desk = process.env['DESK'] ?? '/desk'
const home = {
  issuer: ADDRESSES.bailiwick,
  idp: { issuer: ADDRESSES.idp, portalRedirectUri: portalRedirectUri(ADDRESSES.idp) },
  keys: { portal: await clientKey('support-portal', readPrivateJwk(join(desk, 'portal/support-portal.jwk.json'))) },
}
const delegation = z.object({ person: z.string(), ticket: z.string() })

await serveErrand(join(desk, 'stage/portal.sock'), async (input) => {
  const { task, taskToken } = await delegateRefund(home, delegation.parse(input))
  return { task: { id: task.id }, taskToken }
})
