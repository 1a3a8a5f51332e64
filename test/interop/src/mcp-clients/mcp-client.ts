// A real MCP client, seen from the application that uses it: what it is told, and whether its session goes on. One implementation per SDK.
import { z } from 'zod'

export const TOLD = z.object({
  /**
   * `result`: all is well. `tool_error`: a result with isError, which a model reads. `thrown`: an error or exception. `nothing`: the client still waits although
   * the answer has long been there. `dead`: the session had ended before.
   */
  kind: z.enum(['result', 'tool_error', 'thrown', 'nothing', 'dead']),
  /** Texts of the result, or the message of the error. */
  text: z.string(),
  code: z.number().optional(),
  /** `_meta` of a result, `data` of an error. */
  data: z.unknown().optional(),
})
export type Told = z.infer<typeof TOLD>

export interface ConnectOptions {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** `legacy`: the handshake of 2025-11-25 and before. `auto`: what the client does by itself; older SDKs know only the handshake. */
  readonly mode: 'legacy' | 'auto'
}

export interface McpSession {
  /** What connecting told; the other verbs answer `dead` where it failed. */
  readonly connected: Told
  call(tool: string, args?: Readonly<Record<string, unknown>>): Promise<Told>
  list(): Promise<Told>
  /** Sends `notifications/roots/list_changed`. */
  notify(): Promise<Told>
  /** Ends the session, on the server too where there is one. */
  close(): Promise<Told>
}

export interface McpClient {
  readonly name: string
  open(options: ConnectOptions): Promise<McpSession>
}

/** Everything the application could show a person or a model. */
export function everythingIn(told: Told): string {
  return `${told.text}\n${told.data === undefined || told.data === null ? '' : JSON.stringify(told.data)}`
}
