// gateways/haproxy, run by a real HAProxy: the one of this machine, else Debian's, unpacked.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { withDebian } from '@bailiwick/kit/debian-program'
import { provesTheDoor } from './proves.ts'
import { provesCertificates } from './proves-certificates.ts'
import { changed, runGateway, shipped, withCertificates } from './run-gateway.ts'

const PROGRAM = 'usr/sbin/haproxy'

await withDebian('haproxy', { packages: ['haproxy'], isThere: (root) => existsSync(join(root, PROGRAM)) }, ({ root, libraries }) => {
  provesTheDoor({
    name: 'Lua',
    segment: 'payments',
    sees: 'everything',
    maxBytes: 262_144,
    gone: 403,
    start: ({ port, bailiwick, key, behind }) =>
      runGateway({
        program: join(root, PROGRAM),
        args: (folder) => ['-f', join(folder, 'haproxy.cfg'), '-db'],
        env: { LD_LIBRARY_PATH: libraries, BAILIWICK_GATEWAY_KEY: key },
        files: {
          'haproxy.cfg': changed(shipped('haproxy/haproxy.cfg'), [
            ['bind :8443 ssl crt /etc/haproxy/tls/tls.pem', `bind 127.0.0.1:${port}`],
            ['127.0.0.1:8421', bailiwick],
            ['payments:8080', behind],
          ]),
          'bailiwick.lua': changed(shipped('haproxy/bailiwick.lua'), [['TIMEOUT_MS = 500', 'TIMEOUT_MS = 15000']]),
        },
        port,
      }),
  })

  provesCertificates({
    name: 'Lua',
    segment: 'payments',
    sees: 'everything',
    header: 'client-cert',
    start: ({ port, bailiwick, key, behind, tls }) =>
      runGateway({
        program: join(root, PROGRAM),
        args: (folder) => ['-f', join(folder, 'haproxy.cfg'), '-db'],
        env: { LD_LIBRARY_PATH: libraries, BAILIWICK_GATEWAY_KEY: key },
        files: {
          'haproxy.cfg': changed(withCertificates(shipped('haproxy/haproxy.cfg')), [
            ['    bind :8443 ssl crt /etc/haproxy/tls/tls.pem\n', ''],
            ['bind :8443', `bind 127.0.0.1:${port}`],
            ['/etc/haproxy/tls/tls.pem', tls.both],
            ['/etc/haproxy/tls/agents.crt', tls.agents],
            ['127.0.0.1:8421', bailiwick],
            ['payments:8080', behind],
          ]),
          'bailiwick.lua': changed(shipped('haproxy/bailiwick.lua'), [['TIMEOUT_MS = 500', 'TIMEOUT_MS = 15000']]),
        },
        port,
      }),
  })
})
