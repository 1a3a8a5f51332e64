// What a gateway calls the things of several servers it joins into one: the server's name, a joint, the server's own name of the thing. As agentgateway
// does it (crates/agentgateway/src/mcp/handler.rs, `parse_resource_name`, `parse_resource_uri`, `parse_task_id`). Never normalises, never guesses.

/** Tools and prompts are joined with the one, URIs and task ids with the other. */
export type Joint = '_' | '+'

const JOINTS: ReadonlyMap<string, Joint> = new Map([
  ['tools/list', '_'],
  ['tools/call', '_'],
  ['prompts/list', '_'],
  ['prompts/get', '_'],
  ['resources/list', '+'],
  ['resources/templates/list', '+'],
  ['resources/read', '+'],
  ['resources/subscribe', '+'],
  ['resources/unsubscribe', '+'],
  ['tasks/list', '+'],
  ['tasks/get', '+'],
  ['tasks/result', '+'],
  ['tasks/cancel', '+'],
  ['tasks/update', '+'],
])

/** Of what `method` names or lists; undefined where nothing is named. */
export function jointOf(method: string, name: string): Joint | undefined {
  // Completes an argument of a prompt or of a resource template; only the latter's name has a colon.
  if (method === 'completion/complete') return name.includes(':') ? '+' : '_'
  return JOINTS.get(method)
}

/**
 * `services`: as the gateway calls the servers it joins; fewer than two are not joined. Undefined where the name is no server's or could be two servers'.
 * A `ui://` URI has its server elsewhere (MCP Apps) and is nobody's here. Does not check that the server has a thing of that name.
 */
export function ownNameOf(shown: string, joint: Joint, services: readonly string[]): string | undefined {
  if (services.length < 2) return shown
  const at = shown.indexOf(joint)
  const server = shown.slice(0, Math.max(at, 0))
  const possible = services.filter((service) => shown.startsWith(`${service}${joint}`))
  const own = shown.slice(at + 1)
  return possible.length === 1 && possible[0] === server && own !== '' ? own : undefined
}
