// gateways/caddy, run by a real Caddy: the one of this machine, else Debian's, unpacked.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { withDebian } from '@bailiwick/kit/debian-program'
import { provesTheDoor } from './proves.ts'
import { PATIENT, changed, runGateway, shipped } from './run-gateway.ts'

const PROGRAM = 'usr/bin/caddy'

await withDebian('caddy', { packages: ['caddy'], isThere: (root) => existsSync(join(root, PROGRAM)) }, ({ root, libraries }) => {
  provesTheDoor({
    name: 'forward_auth',
    segment: 'tickets',
    sees: 'nothing',
    gone: 502,
    start: ({ port, bailiwick, key, behind }) =>
      runGateway({
        program: join(root, PROGRAM),
        args: (folder) => ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'],
        env: { LD_LIBRARY_PATH: libraries, BAILIWICK_GATEWAY_KEY: key },
        files: {
          Caddyfile: changed(shipped('caddy/Caddyfile'), [
            ['https://:8443', `http://127.0.0.1:${port}`],
            [/\ttls [^\n]*\n/, ''],
            ['127.0.0.1:8421', bailiwick],
            PATIENT,
            ['tickets:8080', behind],
          ]),
        },
        port,
      }),
  })
})
