// Makes what the support desk's containers need and nobody may commit: keys, certificates, the configuration. Each party finds its own in a volume of its
// own and sees nobody else's. Runs once; what exists is left alone, so that a restart changes no key.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientKey, makePrivateJwk, trustDomain } from '../household/keys.ts'
import { inContainers, writeConfig } from '../household/write-config.ts'
import { ADDRESSES, BAILIWICK_HOST, GATEWAY_HOST, IDP_HOST } from './addresses.ts'
import { makeAuthority } from './certificates.ts'

const desk = process.env['DESK'] ?? '/desk'
const dialect = process.env['DESK_GATEWAY'] === 'agentgateway' ? 'agentgateway' : 'envoy'
const prepared = join(desk, 'config/bailiwick.yaml')
const say = (line: string): void => void process.stdout.write(`${line}\n`)

if (existsSync(prepared)) say('prepared before; `docker compose down --volumes` begins anew')
else await prepare()

async function prepare(): Promise<void> {
  const now = new Date()
  const authority = await makeAuthority(now)
  const directorySecret = randomBytes(32).toString('base64url')
  const [portalJwk, refundAgentJwk, domainJwk] = await Promise.all(['support-portal-1', 'refund-agent-1', 'domain-1'].map(makePrivateJwk))
  if (portalJwk === undefined || refundAgentJwk === undefined || domainJwk === undefined) throw new Error('no keys were made')

  const gateway = await authority.certify([GATEWAY_HOST, BAILIWICK_HOST], now)
  put('tls', 'tls.crt', gateway.cert)
  put('tls', 'tls.key', gateway.key)
  const idp = await authority.certify([IDP_HOST], now)
  put('idp', 'tls.crt', idp.cert)
  put('idp', 'tls.key', idp.key)
  put('idp', 'directory.secret', directorySecret)
  put('portal', 'support-portal.jwk.json', JSON.stringify(portalJwk))
  put('agents', 'refund-agent.jwk.json', JSON.stringify(refundAgentJwk))
  // The agents' node has a SPIRE agent; here is what stands for it.
  put('agents', 'trust-domain.jwk.json', JSON.stringify(domainJwk))
  for (const party of ['config', 'portal', 'agents']) put(party, 'ca.crt', authority.cert)

  // Last: what exists says that all of it does.
  writeConfig(
    join(desk, 'config'),
    {
      addresses: ADDRESSES,
      dialect,
      directorySecret,
      clients: await Promise.all([clientKey('support-portal', portalJwk), clientKey('refund-agent', refundAgentJwk)]),
      domain: await trustDomain('example.org', domainJwk),
    },
    inContainers(),
  )
  say(`prepared for ${dialect}: keys, certificates and ${prepared}`)
}

function put(party: string, name: string, content: string): void {
  mkdirSync(join(desk, party), { recursive: true, mode: 0o700 })
  writeFileSync(join(desk, party, name), content, { mode: 0o600 })
}
