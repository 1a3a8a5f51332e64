// Launchers, agents, resource servers and nodes: who may ask the token endpoints for anything.
import { z } from 'zod'
import { alias, clientId, list, path, resourceName, scalarValue, scope, seconds, section, spiffeId, text } from './scalars.ts'
import { signatureAlgorithms } from './identity.ts'

export const bindingKey = text('a binding key: letters, digits and _, starting with a letter', /^[A-Za-z][A-Za-z0-9_]{0,63}$/)

/** No value needs an escape, so that a name has one spelling here and in the certificate. */
const SUBJECT_DN = /^[A-Za-z]+=[A-Za-z0-9](?:[A-Za-z0-9 ._@:/()-]*[A-Za-z0-9.)])?(?:,[A-Za-z]+=[A-Za-z0-9](?:[A-Za-z0-9 ._@:/()-]*[A-Za-z0-9.)])?)*$/

export const jwksSchema = section({
  keys: list(z.record(z.string(), z.json()), 16).min(1, 'at least one public key'),
})

const templateSchema = section({
  resources: list(resourceName, 64).min(1, 'at least one resource'),
  lifetime: seconds('1m', '90d').prefault('1h'),
  purpose: text('a short text').optional(),
  binding: z.record(bindingKey, scalarValue).prefault({}),
})

export const clientSchema = section({
  id: clientId,
  kind: z.enum(['launcher', 'agent', 'resource', 'node']),
  name: text('a name for people').optional(),
  authentication: z.enum(['private_key_jwt', 'spiffe_jwt', 'spiffe_x509', 'tls_client_auth', 'self_signed_tls_client_auth', 'mtls']),
  jwks_file: path.optional().describe('Public keys of private_key_jwt, by file.'),
  jwks: jwksSchema.optional().describe('Public keys of private_key_jwt, in place.'),
  algorithms: signatureAlgorithms.optional().describe('Default: what fits the keys.'),
  spiffe_id: spiffeId.optional().describe('The exact SPIFFE ID of spiffe_jwt, or of the certificate with spiffe_x509 and mtls.'),
  san: text('a DNS name or URI of the certificate').optional().describe('With tls_client_auth and mtls: a name of the certificate, exactly.'),
  subject_dn: text('a distinguished name, such as CN=refund-agent,O=Example (RFC 4514; letters, digits, spaces and ._@:/()-)', SUBJECT_DN)
    .optional()
    .describe('With tls_client_auth: the whole subject of the certificate, instead of san.'),
  certificate_files: list(path, 2)
    .min(1, 'one PEM file, or two during rotation')
    .optional()
    .describe('With self_signed_tls_client_auth: the certificates themselves, one in each PEM file.'),
  proof: z
    .enum(['dpop', 'mtls'])
    .optional()
    .describe(
      'Every token of this client is bound: to the key of a DPoP proof, or to the certificate of its connection. Default: to the key of the proof it sends, if any.',
    ),
  may_launch: z.boolean().prefault(false).describe('May create tasks for others: with their token, or for an autonomous agent.'),
  acts_for: list(alias, 32).prefault([]).describe('Issuer aliases whose people this launcher may act for.'),
  resources: list(resourceName, 500).prefault([]).describe("The client's ceiling. Empty means none."),
  may_delegate_to: list(clientId, 256).prefault([]).describe('Agents that may get child tasks from this one.'),
  scopes: list(scope, 256).prefault([]),
  task_template: templateSchema.optional().describe("How an autonomous agent's own task is made at its first exchange."),
  resource: resourceName.optional().describe('For kind: resource, the resource whose tokens it may introspect.'),
  agent: section({
    harness: text('a name').optional(),
    harness_version: text('a version').optional(),
    model: text('a model name').optional(),
  }).optional(),
})
