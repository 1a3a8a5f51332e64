// gateways/nginx, run by a real nginx: the one of this machine where it has the Lua module, else Debian's, unpacked.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { withDebian } from '@bailiwick/kit/debian-program'
import { provesTheDoor } from './proves.ts'
import type { Wiring } from './proves.ts'
import { provesCertificates } from './proves-certificates.ts'
import type { TlsWiring } from './proves-certificates.ts'
import { PATIENT, changed, runGateway, shipped, withCertificates } from './run-gateway.ts'
import type { RunningGateway } from './run-gateway.ts'

const MODULES = 'usr/lib/nginx/modules'

await withDebian(
  'nginx',
  {
    packages: ['nginx', 'libnginx-mod-http-lua'],
    isThere: (root) => existsSync(join(root, 'usr/sbin/nginx')) && existsSync(join(root, MODULES, 'ngx_http_lua_module.so')),
  },
  ({ root, libraries }) => {
    const start =
      (file: string, changes: (wiring: Wiring) => readonly (readonly [string | RegExp, string])[]) =>
      (wiring: Wiring | TlsWiring): Promise<RunningGateway> => {
        const { port, bailiwick, key } = wiring
        const text = changed('tls' in wiring ? withCertificates(shipped(`nginx/${file}`)) : shipped(`nginx/${file}`), [
          [
            'http {',
            `http { access_log off; lingering_close off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;`,
          ],
          ...('tls' in wiring
            ? ([
                ['listen 8443 ssl;', `listen 127.0.0.1:${port} ssl;`],
                ['/etc/nginx/tls/tls.crt', wiring.tls.cert],
                ['/etc/nginx/tls/tls.key', wiring.tls.key],
                ['/etc/nginx/tls/agents.crt', wiring.tls.agents],
              ] as const)
            : ([
                ['listen 8443 ssl;', `listen 127.0.0.1:${port};`],
                [/ *ssl_certificate.*\n/, ''],
              ] as const)),
          ['127.0.0.1:8421', bailiwick],
          PATIENT,
          ...changes(wiring),
        ])
        return runGateway({
          program: join(root, 'usr/sbin/nginx'),
          // One process, so that ending it ends all of it.
          args: (folder) => [
            '-p',
            folder,
            '-c',
            join(folder, 'nginx.conf'),
            '-e',
            'stderr',
            '-g',
            'daemon off; master_process off; pid nginx.pid; error_log stderr;',
          ],
          env: { LD_LIBRARY_PATH: libraries },
          files: { 'nginx.conf': text, 'bailiwick-key.conf': `set $bailiwick_key "${key}";\n`, 'bailiwick.lua': shipped('nginx/bailiwick.lua') },
          port,
        })
      }

    const builtIn = {
      name: 'auth_request',
      segment: 'tickets',
      sees: 'nothing',
      start: start('auth-request.conf', ({ behind }) => [['tickets:8080', behind]]),
    } as const
    const lua = {
      name: 'Lua',
      segment: 'payments',
      sees: 'everything',
      start: start('lua.conf', ({ behind }) => [
        ['load_module modules/', `load_module ${join(root, MODULES)}/`],
        ['payments:8080', behind],
        ['models:8080', behind],
        [/^http \{/m, `http { lua_package_path "${root}/usr/share/lua/5.1/?.lua;;";`],
      ]),
    } as const
    provesTheDoor({ ...builtIn, gone: 500 })
    provesTheDoor({ ...lua, maxBytes: 1024 * 1024, gone: 403 })
    provesCertificates({ ...builtIn, header: 'x-forwarded-client-cert', unverified: 400 })
    provesCertificates({ ...lua, header: 'x-forwarded-client-cert', unverified: 400 })
  },
)
