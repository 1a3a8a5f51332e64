// `npm start`: Bailiwick and everything the story needs on fixed ports, with one screen of what to try.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shutdownOnSignal } from '@bailiwick/runtime'
import { DESK_PORT, openDesk } from './desk.ts'
import { startHousehold, STORY_PORTS } from './household/start-household.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')
const folder = join(root, 'data/support-desk')
const cli = 'BAILIWICK_CONFIG=data/support-desk/bailiwick.yaml npm run --silent bailiwick --'
const say = (line: string): void => void process.stdout.write(`${line}\n`)

try {
  const house = await startHousehold(folder, STORY_PORTS)
  const desk = await openDesk(house, DESK_PORT)
  shutdownOnSignal({
    close: async () => {
      await desk.close()
      await house.close()
    },
    onFailure: (error) => say(`stopping failed: ${error instanceof Error ? error.message : 'unknown'}`),
  })
  const { operatorToken, dataDirectory } = house.bailiwick
  say(`
Bailiwick is ready. Development only: one loopback port for every plane, and demo identities.

  Bailiwick      ${house.issuer}   (token exchange, ext_authz, control)
  gateway        ${house.gatewayUrl}   in front of tickets, crm, payments, payroll and a model
  identity       ${house.idp.issuer}   alice (tier-1-support), bob (tier-2-lead)
  data           ${dataDirectory}
  operator token ${operatorToken.token !== undefined && process.stdout.isTTY ? operatorToken.token : operatorToken.path}

Alice has delegated ticket T-1042 to the refund agent: ${desk.taskId}
In another terminal, in this folder:

  # a refund the policy allows
  curl -X POST '${desk.url}/refund?amount=40'

  # one over alice's cap: the denial as the agent reads it, then what Cerbos was asked, what was added and from where, and which rule decided
  curl -X POST '${desk.url}/refund?amount=9000'
  ${cli} decisions show last-denied

  # stop the task, and see the very next call
  ${cli} revoke task ${desk.taskId} --reason "try it"
  curl -X POST '${desk.url}/refund?amount=40'

Ctrl-C stops everything.`)
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  process.stderr.write(
    code === 'EADDRINUSE'
      ? `bailiwick: a port between 8420 and ${DESK_PORT} is taken (is another "npm start" running?); "npm run demo" uses free ports\n`
      : `bailiwick: ${error instanceof Error ? error.message : 'cannot start'}\n`,
  )
  process.exit(1)
}
