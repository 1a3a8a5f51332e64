// The support desk's identity provider and directory in a container of its own.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startIdentityProvider } from '../idp/identity-provider.ts'
import { IDP_HOST, IDP_PORT } from './addresses.ts'
import { untilTold } from './until-told.ts'

const own = join(process.env['DESK'] ?? '/desk', 'idp')
const read = (name: string): string => readFileSync(join(own, name), 'utf8')

const running = await startIdentityProvider(
  { port: IDP_PORT, host: '0.0.0.0', name: IDP_HOST, tls: { cert: read('tls.crt'), key: read('tls.key') } },
  read('directory.secret'),
)
untilTold(running)
