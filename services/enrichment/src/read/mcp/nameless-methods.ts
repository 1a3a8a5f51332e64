// Requests of MCP that name no tool, prompt, resource or task: they are about the server itself. Data only.

export const NAMELESS_METHODS: ReadonlySet<string> = new Set([
  'initialize',
  'server/discover',
  'ping',
  'logging/setLevel',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'tasks/list',
  'subscriptions/listen',
])
