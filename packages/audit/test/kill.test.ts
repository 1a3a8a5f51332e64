import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { systemClock } from '@bailiwick/core'
import { openJournal, verifyJournalFile } from '../src/index.ts'
import { journalFolder } from './fixture.ts'

it('what was answered as recorded is there after kill -9, and the chain is whole and goes on', async () => {
  const folder = await journalFolder()
  try {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./append-and-wait.ts', import.meta.url)), folder.file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    for await (const chunk of child.stdout) {
      output += String(chunk)
      if (output.length > 200 * 41) {
        child.kill('SIGKILL')
        break
      }
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    const answered = output.split('\n').slice(0, -1)
    expect(answered.length).toBeGreaterThanOrEqual(200)
    const verification = await verifyJournalFile(folder.file)
    expect(verification).toMatchObject({ ok: true, segments: 1 })
    const journal = await openJournal({ file: folder.file, node: 'node-1', clock: systemClock, reservedBytes: 0 })
    for (const decisionId of answered) expect(await journal.decision(decisionId)).toHaveLength(1)
    await journal.close()
  } finally {
    await folder.remove()
  }
})

it('an open journal that is idle keeps no process alive', async () => {
  const folder = await journalFolder()
  try {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./append-and-end.ts', import.meta.url)), folder.file], { stdio: 'inherit' })
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(await verifyJournalFile(folder.file)).toMatchObject({ ok: true, records: 1 })
  } finally {
    await folder.remove()
  }
})
