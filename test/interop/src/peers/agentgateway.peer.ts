// A real agentgateway on gateways/agentgateway/config.yaml. No registry has its program: `AGENTGATEWAY` names one, or it is on the PATH.
import { execFileSync } from 'node:child_process'
import { agentgateway, findAgentgateway } from '../../../../examples/support-desk/src/gateway/agentgateway.ts'
import { definePeer } from '../define-peer.ts'
import { joinedServersCases } from '../joined-servers/cases.ts'
import { realGatewayCases } from '../real-gateway/cases.ts'

await definePeer(import.meta.url, {
  find: () => {
    const binary = findAgentgateway(process.env)
    if (binary === undefined) return Promise.resolve({ skipped: 'no agentgateway here: put its path into AGENTGATEWAY' })
    const said = execFileSync(binary, ['--version'], { encoding: 'utf8', timeout: 30_000 })
    return Promise.resolve({ peer: binary, version: `agentgateway ${/"version": "([^"]+)"/.exec(said)?.[1] ?? said.trim()}` })
  },
  cases: (binary) => {
    realGatewayCases(agentgateway(binary), { underscoreHeader: 'taken off', truncatedHeader: 'denied', tooLarge: 413, encodedSlash: 404, noAnswer: 403 })
    joinedServersCases(binary)
  },
})
