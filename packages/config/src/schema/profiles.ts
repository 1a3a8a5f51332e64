// Sources of profiles.
import { z } from 'zod'
import { alias, attributeName, attributePath, bytes, httpUrl, list, milliseconds, path, plainName, seconds, section, text } from './scalars.ts'

const common = {
  name: plainName,
  required: z.boolean().prefault(true).describe('Without an answer of this source nothing is allowed.'),
  issuers: list(alias, 32).min(1, 'at least one issuer alias; leave the setting out to cover every issuer').optional(),
  attributes: z.record(attributeName, attributePath).prefault({}).describe("Profile attribute -> path in the source's answer. One owner per attribute."),
  roles: section({
    from: attributePath,
    map: z
      .record(text('a value of the source'), text('a role name: lower-case letters, digits, - _ and .', /^[a-z][a-z0-9._-]{0,63}$/))
      .describe('The only values that become roles.'),
  }).optional(),
  active: attributePath.optional().describe('Path of the boolean that says the account is enabled.'),
  ttl: seconds('1s', '1h').prefault('60s'),
  stale_while_revalidate: seconds('0s', '1h').prefault('5m').describe('For attributes; `active` is never older than ttl.'),
  stale_if_error: seconds('0s', '1h').prefault('15m').describe('For attributes; `active` is never older than ttl.'),
  negative_ttl: seconds('0s', '10s').prefault('5s'),
  timeout: milliseconds('10ms', '10s').prefault('300ms'),
  on_error: z.enum(['deny', 'omit']).prefault('deny'),
}

export const httpAuthentication = z
  .discriminatedUnion(
    'method',
    [
      section({ method: z.literal('none') }),
      section({ method: z.literal('bearer'), secret_file: path.optional() }),
      section({
        method: z.literal('client_credentials'),
        issuer: httpUrl,
        client_id: text('a client id'),
        client_secret_file: path.optional(),
        scope: text('scopes').optional(),
      }),
    ],
    { error: 'method: none, bearer or client_credentials' },
  )
  .prefault({ method: 'none' })

export const profileSchema = z.discriminatedUnion(
  'type',
  [
    section({
      ...common,
      type: z.literal('static'),
      subjects: z.record(text('a subject such as corp:alice', /^[a-z][a-z0-9-]{0,31}:[^\p{Cc}]+$/u), z.record(z.string(), z.json())),
    }),
    section({
      ...common,
      type: z.literal('http'),
      url: httpUrl.describe('`{id}` is the id at the issuer, percent-encoded; `{sub}` the whole sub.'),
      subject_attribute: attributePath.describe('Path in the answer that must equal the id asked for.'),
      authentication: httpAuthentication,
      max_bytes: bytes('1KiB', '4MiB').prefault('256KiB'),
    }),
  ],
  { error: 'type: static or http' },
)
