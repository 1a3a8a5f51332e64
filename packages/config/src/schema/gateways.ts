// Who may ask for decisions, through which doors, about which resources.
import { z } from 'zod'
import { list, path, plainName, resourceName, section, spiffeId, text } from './scalars.ts'

const DOORS = ['ext_authz', 'v1', 'forward_auth', 'ext_mcp', 'litellm', 'authzen', 'cerbos'] as const
export const certificateHeader = z.enum(['x-forwarded-client-cert', 'client-cert'])
const RESOURCE_FROM = ['fixed', 'context_extension', 'path_segment', 'service_name', 'request'] as const

export const gatewaySchema = section({
  name: plainName,
  doors: list(z.enum(DOORS), DOORS.length).min(1, 'at least one door'),
  dialect: z.enum(['envoy', 'agentgateway']).prefault('envoy').describe('How ext_authz answers are written.'),
  resources: list(resourceName, 500).min(1, 'at least one resource').describe('What this gateway may ask about.'),
  resource_from: z.enum(RESOURCE_FROM).describe('Who says which resource a call is for.'),
  resource: resourceName.optional().describe('With resource_from: fixed.'),
  service_names: z
    .record(text('the name of a server behind the gateway, as the gateway configures it', /^[!-~]{1,253}$/), resourceName)
    .optional()
    .describe(
      'With resource_from: service_name, or dialect: agentgateway: server behind the gateway -> resource. Where several are one resource, names are read without their prefix.',
    ),
  authentication: z.enum(['shared_secret', 'mtls', 'unix', 'loopback']),
  secret_files: list(path, 2).min(1, 'one file, or two during rotation').optional(),
  spiffe_id: spiffeId.optional(),
  san: text('a DNS name', /^[a-z0-9.-]{1,253}$/).optional(),
  certificate_header: certificateHeader
    .optional()
    .describe('Where it tells the verified certificate of its client, in place of whatever the client sent: certificate-bound tokens are compared with it.'),
  followed_by: plainName
    .optional()
    .describe('The gateway that all it lets pass goes through next, and that asks again: that one spends what counts once, and gets the token and its proof.'),
  enrich: z.boolean().prefault(false).describe('May use /v1/enrich; never with loopback.'),
})
