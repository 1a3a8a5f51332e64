// The sections about the house itself: addresses, data, store, keys, policy engine, limits, audit, log.
import { z } from 'zod'
import { certificateHeader } from './gateways.ts'
import { attributeName, bytes, httpUrl, list, milliseconds, path, plainName, seconds, section, spiffeId, text } from './scalars.ts'

const address = text('host:port, such as 127.0.0.1:8420', /^([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}$/)

export const listenSchema = z
  .union(
    [
      address.describe('One address for every plane: development only.'),
      section({
        agents: address.optional().describe('Token endpoints and the task calls agents make. Needed by token-exchange.'),
        gateways: address.optional().describe('The doors gateways ask. Needed by enrichment.'),
        gateways_socket: path
          .optional()
          .describe('A unix socket for gateways with authentication: unix, beside their address. Made 0600: the gateway runs as the same user.'),
        operators: address.optional().describe('Control, the reports of nodes, console and metrics. Needed by control; metrics and health elsewhere.'),
        tls: section({
          cert: path.describe('PEM file: the certificate, with what leads to its authority. Read again when it changes.'),
          key: path.describe('PEM file of its key, which nobody else can read.'),
          client_ca: path.optional().describe('PEM file of the authorities whose certificates prove a gateway, a node or a client.'),
        })
          .optional()
          .describe('TLS on every plane of this map. Without it every address must be loopback.'),
        front: section({
          certificate_header: certificateHeader.describe(
            'Where it tells the certificate its client showed and it verified, in place of whatever the client sent.',
          ),
          secret_files: list(path, 2)
            .min(1, 'one file, or two during rotation')
            .optional()
            .describe('What it shows as x-bailiwick-gateway-key with every request. Or:'),
          spiffe_id: spiffeId.optional().describe('The SPIFFE ID of its own certificate, exactly. Or:'),
          san: text('a DNS name', /^[a-z0-9.-]{1,253}$/)
            .optional()
            .describe('A DNS name of its own certificate, exactly.'),
        })
          .optional()
          .describe('What ends TLS in front of the agents address, where clients prove themselves or their tokens with certificates.'),
      }),
    ],
    'host:port, or a map of agents, gateways and operators to host:port',
  )
  .prefault('127.0.0.1:8420')
  .describe('Where this process listens. In clear on loopback addresses only.')

export const SERVICES = ['token-exchange', 'enrichment', 'control'] as const

export const servicesSchema = z
  .union(
    [text('services separated by commas', /^(token-exchange|enrichment|control)(,(token-exchange|enrichment|control)){0,2}$/), list(z.enum(SERVICES), 3)],
    'a list of token-exchange, enrichment and control',
  )
  .prefault([...SERVICES])
  .describe('Which services this process runs. Fewer than all three only where several processes share a Redis store.')

export const keysSchema = section({
  directory: path.optional().describe('Signing keys, shared by exchange and control nodes. Default: keys/ in the data folder.'),
  jwks: httpUrl.optional().describe('Instead: the published key set, for a process that runs enrichment alone and signs nothing.'),
  algorithm: z.enum(['ES256', 'RS256']).prefault('ES256'),
}).prefault({})

export const policySchema = z
  .discriminatedUnion(
    'engine',
    [
      section({
        engine: z.literal('supervised'),
        directory: path.prefault('./policies').describe('Cerbos policies; the PDP is started and watched by Bailiwick.'),
      }),
      section({
        engine: z.literal('grpc'),
        address: text('unix:/path, or host:port', /^(unix:\/.+|([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5})$/).describe(
          'A Cerbos PDP with schema enforcement `reject`.',
        ),
      }),
    ],
    { error: 'engine: supervised, or engine: grpc' },
  )
  .prefault({ engine: 'supervised' })

export const controlSchema = section({
  audiences: list(text('an audience'), 16).prefault([]).describe("Audiences of people's access tokens at control. Shared with no issuer's audiences."),
  operators: list(
    section({ name: plainName, rights: list(z.enum(['revoke', 'lift', 'create', 'read']), 4).min(1, 'at least one of revoke, lift, create, read') }),
    64,
  )
    .prefault([{ name: 'operator', rights: ['revoke', 'lift', 'create', 'read'] }])
    .describe('Who may hold an operator token.'),
  operators_directory: path.optional().describe('Folder of operators.json, shared by several controls of one store. Default: the data folder.'),
}).prefault({})

export const limitsSchema = section({
  mcp_body: bytes('1KiB', '16MiB').prefault('1MiB').describe('Largest MCP request body that is judged; larger is denied.'),
  llm_body: bytes('1KiB', '64MiB').prefault('16MiB').describe('Largest model request body that is judged; larger is denied.'),
  token: bytes('1KiB', '64KiB').prefault('16KiB').describe('Largest token that is looked at.'),
  task_lifetime: seconds('1m', '90d').prefault('7d').describe('Hard cap of every task.'),
  decision: milliseconds('10ms', '5s')
    .prefault('150ms')
    .describe('Budget of one gateway decision; past it the answer is a deny. A body over 128 KiB has up to 300 ms more, by its size.'),
  exchange: milliseconds('50ms', '30s').prefault('2s').describe('Budget of one exchange.'),
  batch_items: z.int('a whole number from 1 to 20').min(1, 'a whole number from 1 to 20').max(20, 'a whole number from 1 to 20').prefault(20),
}).prefault({})

export const auditSchema = section({
  file: path.optional().describe('The journal. Default: audit.db in the data folder.'),
  clear_arguments: list(text('the name of a top-level argument'), 256)
    .prefault([])
    .describe('Argument names kept readable in the record; every other one is masked.'),
  profile_attributes: list(attributeName, 256).prefault([]).describe('Profile attributes kept in the record.'),
  reserved: bytes('1MiB', '64GiB').prefault('64MiB').describe('Below this much free space nothing is allowed.'),
}).prefault({})

export const logSchema = section({ level: z.enum(['debug', 'info', 'warn', 'error']).prefault('info') }).prefault({})
