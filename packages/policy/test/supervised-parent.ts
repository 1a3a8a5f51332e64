// A program that supervises a Cerbos and waits to be killed: what a crashed Bailiwick leaves behind is looked at from outside.
import { superviseCerbos } from '../src/index.ts'
import { POLICIES } from './start-cerbos.ts'

const say = (fields: object, message: string): void => {
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`)
}
const cerbos = await superviseCerbos({ directory: POLICIES, log: { info: say, warn: say, error: say } })
process.stdout.write(`${cerbos.address}\n`)
setInterval(() => {}, 60_000)
