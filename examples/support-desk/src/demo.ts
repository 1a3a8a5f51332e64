// `npm run demo`: the whole story on free ports with temporary data; ends non-zero when a verdict or a reason differs. `--json` for programs.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { freePorts, startHousehold } from './household/start-household.ts'
import { play } from './story/script.ts'
import type { Played } from './story/script.ts'
import { tellStory } from './story/story.ts'
import { jsonTranscript, textTranscript } from './story/transcript.ts'

const asJson = process.argv.includes('--json')
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
const house = await startHousehold(folder, await freePorts(), { logTo })
const played: Played[] = []
try {
  if (!asJson) write('The support desk: four MCP servers and a model behind a gateway that asks Bailiwick on every call.')
  let number = 0
  for (const act of tellStory(house)) {
    transcript.act(++number, act.title)
    for (const step of act.steps) {
      const one = await play(step)
      played.push(one)
      transcript.step(one)
    }
  }
  transcript.end(played)
} finally {
  await house.close()
  rmSync(folder, { recursive: true, force: true })
}
if (played.some((one) => one.problem !== undefined)) {
  process.stderr.write(logLines.join(''))
  process.exitCode = 1
}
