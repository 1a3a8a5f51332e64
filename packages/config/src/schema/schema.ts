// The whole file. Used section by section by the parser (so that one bad section does not hide the problems of the others) and whole for the JSON Schema.
import { z } from 'zod'
import { clientSchema } from './clients.ts'
import { gatewaySchema } from './gateways.ts'
import { auditSchema, controlSchema, keysSchema, limitsSchema, listenSchema, logSchema, policySchema, servicesSchema } from './house.ts'
import { identitySchema } from './identity.ts'
import { profileSchema } from './profiles.ts'
import { resourceSchema } from './resources.ts'
import { nodeSchema, storeSchema } from './store.ts'
import { httpUrl, list, path, section } from './scalars.ts'

export const shape = {
  issuer: httpUrl.describe('Our own issuer: `iss` of every token, and where agents and gateways find us.'),
  services: servicesSchema,
  listen: listenSchema,
  node: nodeSchema,
  data: path.prefault('./data').describe('bailiwick.db, audit.db and keys/. Made 0700.'),
  store: storeSchema,
  keys: keysSchema,
  policy: policySchema,
  identity: identitySchema,
  development: z.boolean().prefault(false).describe('Allows one address for all planes and loopback gateways. Only with a loopback issuer.'),
  control: controlSchema,
  clients: list(clientSchema, 5000).prefault([]),
  resources: list(resourceSchema, 500).prefault([]),
  profiles: list(profileSchema, 32).prefault([]),
  gateways: list(gatewaySchema, 200).prefault([]),
  limits: limitsSchema,
  audit: auditSchema,
  log: logSchema,
}

export const fileSchema = section(shape)

export type RawFile = z.output<typeof fileSchema>
export type RawClient = z.output<typeof clientSchema>
export type RawResource = z.output<typeof resourceSchema>
export type RawProfile = z.output<typeof profileSchema>
export type RawGateway = z.output<typeof gatewaySchema>
export type RawIdentity = z.output<typeof identitySchema>
