// A call under the name its server knows the thing by, where the gateway asks before it has taken its own prefix off: agentgateway's ext_authz in front of
// an `mcp` backend of several servers. One policy, one binding and one schema then serve this question and the one its ExtMcp asks later. No I/O.
import { deny, ok } from '@bailiwick/core'
import type { Denial, DoorName, LlmCall, McpCall, Resource, Result } from '@bailiwick/core'
import type { GatewayConfig } from '@bailiwick/config'
import { isNameOf } from '../read/mcp/read-names.ts'
import { jointOf, ownNameOf } from '../read/mcp/joined-names.ts'
import type { Joint } from '../read/mcp/joined-names.ts'

export type Unnamed = Extract<Denial, { reason: 'tool_unknown' }>

/** Does not check that the gateway joins these servers: `service_names` is the word of who configures both. */
export function toOwnName(
  { dialect, serviceNames }: Pick<GatewayConfig, 'dialect' | 'serviceNames'>,
  door: DoorName,
  resource: Resource,
  call: McpCall | LlmCall,
): Result<McpCall | LlmCall, Unnamed> {
  if (door !== 'ext_authz' || dialect !== 'agentgateway' || call.kind !== 'mcp' || call.name === undefined) return ok(call)
  const services = Object.keys(serviceNames).filter((service) => serviceNames[service] === resource.name)
  if (services.length < 2) return ok(call)
  const joint = jointOf(call.method, call.name)
  const name = joint === undefined ? undefined : ownNameOf(call.name, joint, services)
  if (name === undefined || !isName(joint, call.method, name)) return deny({ reason: 'tool_unknown', detail: 'no_server_of_this_prefix' })
  return ok({ ...call, name })
}

/** What is left must be a name by itself: `crm+a/../b` was read as one URI, `a/../b` is none. */
function isName(joint: Joint | undefined, method: string, name: string): boolean {
  if (joint === '_') return isNameOf('tool', name)
  return isNameOf(method.startsWith('tasks/') ? 'task' : 'uri', name)
}
