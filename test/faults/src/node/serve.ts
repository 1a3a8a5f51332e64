// A node's process: what `bailiwick serve` runs, loaded through the edits it was started with. serve.ts <config> <edits>
import { readFileSync } from 'node:fs'
import { editSource } from './edit-source.ts'
import { isChanges } from './messages.ts'

const [configFile = '', editsFile = ''] = process.argv.slice(2)
const changes: unknown = JSON.parse(readFileSync(editsFile, 'utf8'))
if (!isChanges(changes)) throw new TypeError('not a list of edits')
const unedited = editSource(changes.edits)
const { runNode } = await import('./run-node.ts')
await runNode(configFile, unedited, changes.badStore)
