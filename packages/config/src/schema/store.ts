// Where tasks and revocations live: the embedded store, or one Redis primary for many nodes.
import { z } from 'zod'
import { httpUrl, list, milliseconds, nodeId, path, seconds, section, text } from './scalars.ts'

const REDIS_URL = /^(redis|rediss|redis\+sentinel):\/\/\S+$/

const tls = section({
  ca: path.optional().describe('PEM file of the authorities that count. Default: those of the system.'),
  cert: path.optional().describe('PEM file of our own certificate, with `key`.'),
  key: path.optional().describe('PEM file of its key, which nobody else can read.'),
  server_name: text('a DNS name', /^[A-Za-z0-9.-]{1,253}$/)
    .optional()
    .describe('The name the certificate must carry. Default: the host of the URL.'),
})

const username = text('a user name')
const passwordFile = path.optional().describe('A file that holds the password, which nobody else can read.')
const count = (least: number): z.ZodInt =>
  z.int(`a whole number from ${least} to 16`).min(least, `a whole number from ${least} to 16`).max(16, `a whole number from ${least} to 16`)

const redisSchema = section({
  url: text('a redis://, rediss:// or redis+sentinel:// URL', REDIS_URL).describe(
    'redis://host[:port][/db], rediss:// alike with TLS, redis+sentinel://host[:port][,host[:port]...]/<master name>[/db].',
  ),
  username: username.optional(),
  password_file: passwordFile,
  namespace: text('a name: lower-case letters, digits and -, starting with a letter, at most 32', /^[a-z][a-z0-9-]{0,31}$/)
    .prefault('bailiwick')
    .describe('Begins every key, as {<namespace>}:. Two stores on one server need two.'),
  controls: list(nodeId, 64)
    .min(1, 'at least one node')
    .optional()
    .describe('node.id of every node that serves control. After a failover nobody answers until each has put back what it recorded. Default: this node alone.'),
  replicas: section({
    promotable: count(0).describe('R: replicas that could be promoted; others have replica-priority 0.'),
    min_to_write: count(0).describe('m: min-replicas-to-write of every server.'),
    acks: count(0).describe('w: replicas that must have an act before it is confirmed.'),
    synced: z.boolean().prefault(false).describe('They must have it on disk (WAITAOF).'),
  })
    .optional()
    .describe('Default: one server without replicas. m + w >= R, m <= R - 1.'),
  tls: tls.optional().describe('With rediss://, or with redis+sentinel:// for the servers behind it.'),
  sentinel: section({ username: username.optional(), password_file: passwordFile, tls: tls.optional() })
    .prefault({})
    .describe('How the Sentinels are spoken to.'),
  allow_plaintext: z.boolean().prefault(false).describe('Speak in clear with hosts elsewhere: whoever is on that network can allow what was revoked.'),
  read_timeout: milliseconds('1ms', '900ms').prefault('25ms').describe('Of a state read, in all; past it the answer is a deny.'),
  confirm_timeout: milliseconds('1ms', '400ms').prefault('200ms').describe('How long an act waits for its replicas before it is unconfirmed.'),
  open_timeout: milliseconds('100ms', '60s').prefault('5s').describe('How long the start waits for a usable primary.'),
})

export const storeSchema = z
  .union([text('sqlite, or a redis://, rediss:// or redis+sentinel:// URL', /^(sqlite|(redis|rediss|redis\+sentinel):\/\/\S+)$/), redisSchema], {
    error: 'sqlite, a redis://, rediss:// or redis+sentinel:// URL, or a map with a url',
  })
  .prefault('sqlite')
  .describe('Where tasks and revocations live.')

export const nodeSchema = section({
  id: nodeId.optional().describe('Names this process among all of them, the same after a restart. Required with a Redis store; default: the name of the host.'),
  canary: z
    .union([z.literal('off'), seconds('1s', '1d')], 'off, or a duration between 1s and 1d, such as 5m')
    .prefault('5m')
    .describe('How often this node ends a token of a task of its own and measures until it denies; off for never.'),
  reports_to: z
    .union([text('URLs separated by commas', /^https?:\/\/[^\s,]+(,https?:\/\/[^\s,]+){0,7}$/), list(httpUrl, 8).min(1, 'at least one URL')], {
      error: 'an absolute http or https URL, or a list of them',
    })
    .optional()
    .describe('Control, on its operators plane, or a list of several: each gets a copy of every audit record, and hears how far this node has read the store.'),
  client_key: path
    .optional()
    .describe('Private key (JWK or PEM) of the client of kind node with the id of this node, where it proves itself with private_key_jwt.'),
  tls: tls
    .pick({ ca: true, cert: true, key: true })
    .optional()
    .describe('How control and the key set of keys.jwks are spoken to: their authority, and our own certificate where the node proves itself with mtls.'),
}).prefault({})

/** A store given by its URL alone is one with every default. */
export function longForm(url: string): z.output<typeof redisSchema> {
  return redisSchema.parse({ url })
}
