// Settings the file format knows and this version cannot keep. They stop the start: a setting that is accepted and does nothing is a false promise.
import type { GatewayDoor } from '../model.ts'

export const DOORS_BUILT: readonly GatewayDoor[] = ['ext_authz', 'forward_auth', 'ext_mcp', 'v1']

export const NOT_BUILT = {
  workloadApi: 'bundle: <file>; the SPIFFE Workload API client is not built yet',
  door: `one of ${DOORS_BUILT.join(', ')}; the other doors are not built yet`,
  policyAddress: 'unix:/path or a loopback address: TLS to the policy engine is not built yet',
} as const
