// Requests that were allowed once although another parser sees something else in them, shrunk. They stay refused.
import type { Request } from '../src/differential/request.ts'

export interface Found {
  readonly what: string
  readonly request: Request
}

const MCP = { kind: 'mcp', method: 'POST', path: '/mcp', headers: [['content-type', 'application/json']] } as const
const call = (params: string): Request => ({ ...MCP, body: Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`) })

export const FOUND: readonly Found[] = [
  { what: 'serde_json reads 9007199254740991.0 as 9007199254740990', request: call('{"name":"w","arguments":{"n":9007199254740991.0}}') },
  { what: 'serde_json may round 3.9999999999999996 up to 4', request: call('{"name":"w","arguments":{"n":3.9999999999999996}}') },
  { what: 'V8 14.6 may read the key ticket\\u005fid as ticket\\u0', request: call('{"name":"w","arguments":{"p":"","ticket\\u005fid":"T-1042"}}') },
  { what: 'Go takes the argument N for n', request: call('{"name":"w","arguments":{"n":0,"N":1}}') },
  { what: 'Go takes the argument cOde for code', request: call('{"name":"w","arguments":{"code":"a","cOde":"b"}}') },
]
