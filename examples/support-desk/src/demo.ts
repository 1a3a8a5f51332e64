// `npm run demo`: the whole story on free ports with temporary data; ends non-zero when a verdict or a reason differs. `--json` for programs,
// `--gateway envoy` through a real gateway instead of the example's own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { chooseGateway } from './gateway/choose.ts'
import type { GatewayKind } from './gateway/front.ts'
import { freePorts, startHousehold } from './household/start-household.ts'
import type { Played } from './story/script.ts'
import { stageOf } from './story/stage.ts'
import { tellAll } from './story/tell-all.ts'
import { jsonTranscript, textTranscript } from './story/transcript.ts'

const { asJson, gateway } = readArguments()
// A reader that has seen enough (`| head`) is not an error.
process.stdout.on('error', () => process.exit(0))
const write = (line: string): void => void process.stdout.write(`${line}\n`)
const transcript = asJson ? jsonTranscript(write) : textTranscript(write, process.stdout.isTTY && process.env['NO_COLOR'] === undefined)

const folder = mkdtempSync(join(tmpdir(), 'bailiwick-demo-'))
// What the story breaks on purpose would be told twice; when something else went wrong, the log is what helps.
const logLines: string[] = []
const logTo = new Writable({
  write(line: Buffer, _encoding, done) {
    logLines.push(line.toString('utf8'))
    done()
  },
})
const house = await startHousehold(folder, await freePorts(), { logTo, gateway })
let played: readonly Played[] = []
try {
  if (!asJson) write(`The support desk: four MCP servers and a model behind ${gateway.name}, which asks Bailiwick on every call.`)
  played = await tellAll(stageOf(house), transcript)
} finally {
  await house.close()
  rmSync(folder, { recursive: true, force: true })
}
if (played.some((one) => one.problem !== undefined)) {
  process.stderr.write(logLines.join(''))
  process.exitCode = 1
}

function readArguments(): { readonly asJson: boolean; readonly gateway: GatewayKind } {
  try {
    const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, gateway: { type: 'string' } } })
    return { asJson: values.json, gateway: chooseGateway(values.gateway, process.env) }
  } catch (error) {
    process.stderr.write(
      `${error instanceof Error ? error.message : 'cannot read the arguments'}\nusage: npm run demo -- [--json] [--gateway example|envoy|agentgateway]\n`,
    )
    process.exit(2)
  }
}
