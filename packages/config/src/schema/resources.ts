// What lies behind the gateways.
import { z } from 'zod'
import { bindingKey } from './clients.ts'
import { httpAuthentication } from './profiles.ts'
import { attributePath, bytes, httpUrl, list, path, resourceName, scope, seconds, section, text } from './scalars.ts'

const target = text('the name of a tool or prompt, or a URI')

/** RFC 6901, with at least one step: the whole arguments object is never equal to a binding value. */
const jsonPointer = text('a JSON pointer into the arguments, such as /ticket_id', /^(\/([^~/\p{Cc}]|~[01])*)+$/u)

export const resourceSchema = section({
  name: resourceName,
  kind: z.enum(['mcp', 'llm']),
  uri: httpUrl.describe("The audience (`aud`) of this resource's tokens."),
  token_lifetime: seconds('30s', '1h').prefault('10m'),
  scopes: list(scope, 256).prefault([]).describe('Scopes the resource defines; without any its tokens carry none.'),
  bind: z
    .record(
      target,
      z.record(bindingKey, jsonPointer).refine((keys) => Object.keys(keys).length > 0, 'at least one binding key; a tool that needs none belongs in unbound'),
    )
    .optional()
    .describe('Per tool: binding key -> JSON pointer into the arguments; both values must be equal.'),
  unbound: list(target, 1000).prefault([]).describe('Tools, prompts and URIs that need no binding. A call in neither list is denied.'),
  mode: z.enum(['enforce', 'shadow']).prefault('enforce'),
  proof: z
    .enum(['dpop', 'mtls', 'any'])
    .optional()
    .describe('Takes only tokens bound to a key of the agent (dpop), to its certificate (mtls), or to either (any). Default: bound or not.'),
  final_door: z
    .enum(['ext_authz', 'forward_auth', 'ext_mcp', 'v1'])
    .optional()
    .describe(
      'Where several doors judge one call: the one that spends its proof; the others verify it. Default: each door spends, so a second one would refuse.',
    ),
  forward_token: z.boolean().prefault(false).describe('Leave `authorization` on the forwarded request.'),
  validates_mcp_headers: z.boolean().prefault(false).describe('The MCP server itself compares Mcp-* headers with the body.'),
  tools: section({
    file: path.describe('What `bailiwick tools pin` wrote and somebody reviewed. Its schemas are what arguments must fit; a tool not in it is denied.'),
    url: httpUrl.optional().describe('Where the server itself is asked for its tools. Default: the URI.'),
    authentication: httpAuthentication.describe('How it is asked: with a credential of Bailiwick, never with one of an agent.'),
    servers: list(
      section({
        name: text('what the gateway calls the server, such as tickets', /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/),
        url: httpUrl.describe('Where this server itself is asked for its tools.'),
        authentication: httpAuthentication.describe('A credential of Bailiwick for this server alone.'),
      }),
      32,
    )
      .optional()
      .describe('In place of url: the servers that a gateway joins into this resource.'),
    names: z
      .enum(['own', 'joined'])
      .prefault('own')
      .describe('Of several servers: whether calls arrive with a tool’s own name or with its server’s name before it, `tickets_close`.'),
    refresh: seconds('30s', '1d').optional().describe('Ask it again this often, in the background. Default: never.'),
    on_change: z.enum(['warn', 'deny']).prefault('warn').describe('Of a tool that is not listed as it was pinned: warn, or deny its calls.'),
  })
    .optional()
    .describe('The tools of this server, pinned.'),
  max_body: bytes('1KiB', '64MiB').optional().describe('Default: the limit of its kind.'),
  enrich_attributes: list(attributePath, 256).prefault([]).describe('Principal attributes /v1/enrich may hand out. Empty means none.'),
})
