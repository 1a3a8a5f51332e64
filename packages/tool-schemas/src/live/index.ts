// Asking live servers for their tools: what takes the MCP client.
export { listLiveServers } from './list-servers.ts'
export type { AskedServer, LiveServers } from './list-servers.ts'
export { listLiveTools } from './list-tools.ts'
export type { LiveServer, LiveTools } from './list-tools.ts'
