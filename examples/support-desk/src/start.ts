// `npm start`: Bailiwick and everything the story needs on fixed ports, with one screen of what to try.
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shutdownOnSignal } from '@bailiwick/runtime'
import { DESK_PORT, openDesk } from './desk.ts'
import { startHousehold, STORY_PORTS } from './household/start-household.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')
const folder = join(root, 'data/support-desk')
const cli = 'npm run -s bailiwick --'
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
Bailiwick is ready. Development only: one port for everything, and demo people.

  Bailiwick   ${house.issuer}   tokens, decisions, revocation
  gateway     ${house.gatewayUrl}   asks Bailiwick before every call
  behind it   tickets, crm, payments, payroll and a model
  people      ${house.idp.issuer}   alice (tier-1-support), bob (tier-2-lead)
  data        ${relative(root, dataDirectory)}
  operator    ${operatorToken.token !== undefined && process.stdout.isTTY ? operatorToken.token : relative(root, operatorToken.path)}

Alice, in support, has handed ticket T-1042 to the refund agent. That is a task:
${desk.taskId}

In another terminal, in this folder:

  export BAILIWICK_CONFIG=${relative(root, house.configFile)}

  # an allow: a refund on her ticket
  curl -X POST '${desk.url}/refund?amount=40'

  # a deny: more than alice herself may refund. Then why: what was asked, what
  # was looked up, which rule decided
  curl -X POST '${desk.url}/refund?amount=9000'
  ${cli} decisions show last-denied

  # a kill: the task ends, and the very next call is denied
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
