// gateways/caddy, run by a real Caddy: the one of this machine, else Debian's, unpacked.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { withDebian } from '@bailiwick/kit/debian-program'
import { provesTheDoor } from './proves.ts'
import { provesCertificates } from './proves-certificates.ts'
import { PATIENT, changed, runGateway, shipped, withCertificates } from './run-gateway.ts'

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
            [/\ttls [^\n]*\n(?:\t\t[^\n]*\n)*\t\}\n/, ''],
            ['127.0.0.1:8421', bailiwick],
            PATIENT,
            ['tickets:8080', behind],
          ]),
        },
        port,
      }),
  })

  provesCertificates({
    name: 'forward_auth',
    segment: 'tickets',
    sees: 'nothing',
    header: 'client-cert',
    // Caddy 2.6 writes its placeholder, literally.
    none: 'proof_invalid',
    // Go verifies the times of the certificate again (crypto/tls).
    resumes: true,
    start: ({ port, bailiwick, key, behind, tls }) =>
      runGateway({
        program: join(root, PROGRAM),
        args: (folder) => ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'],
        env: { LD_LIBRARY_PATH: libraries, BAILIWICK_GATEWAY_KEY: key },
        files: {
          Caddyfile: changed(withCertificates(shipped('caddy/Caddyfile')), [
            ['https://:8443 {', `https://localhost:${port} {\n\tbind 127.0.0.1`],
            ['/etc/caddy/tls/tls.crt', tls.cert],
            ['/etc/caddy/tls/tls.key', tls.key],
            ['/etc/caddy/tls/agents.crt', tls.agents],
            ['127.0.0.1:8421', bailiwick],
            PATIENT,
            ['tickets:8080', behind],
          ]),
        },
        port,
      }),
  })
})
