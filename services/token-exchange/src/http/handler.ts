// What a door of this service is: one method and path, a Node request in, a Node response out.
import type { IncomingMessage, ServerResponse } from 'node:http'

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void
