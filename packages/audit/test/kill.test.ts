import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { systemClock } from '@bailiwick/core'
import { openJournal, verifyJournalFile } from '../src/index.ts'
import { journalFolder } from './fixture.ts'

/** Runs a program of this folder until it has written that many lines, kills it, and gives every whole line it wrote. */
async function linesUntilKilled(program: URL, args: readonly string[], wanted: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [fileURLToPath(program), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const chunk of child.stdout) {
    output += String(chunk)
    if (output.split('\n').length > wanted) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  const lines = output.split('\n').slice(0, -1)
  expect(lines.length).toBeGreaterThanOrEqual(wanted)
  return lines
}

it('what was answered as recorded is there after kill -9, and the chain is whole and goes on', async () => {
  const folder = await journalFolder()
  try {
    const answered = await linesUntilKilled(new URL('./append-and-wait.ts', import.meta.url), [folder.file], 200)
    const verification = await verifyJournalFile(folder.file)
    expect(verification).toMatchObject({ ok: true, segments: 1 })
    const journal = await openJournal({ file: folder.file, node: 'node-1', clock: systemClock, reservedBytes: 0 })
    for (const decisionId of answered) expect(await journal.decision(decisionId)).toHaveLength(1)
    await journal.close()
  } finally {
    await folder.remove()
  }
})

it('completions that are still needed are there after kill -9 in the middle of forgetting others, and what is forgotten stays so', async () => {
  const folder = await journalFolder()
  try {
    const answered: number[] = []
    for (let round = 0; round < 4; round++) {
      const lines = await linesUntilKilled(new URL('./complete-and-forget.ts', import.meta.url), [folder.file, String(round * 100_000)], 40 + round * 37)
      answered.push(...lines.map((line) => Number(line.slice('task_'.length))))
      const journal = await openJournal({ file: folder.file, node: 'node-1', clock: systemClock, reservedBytes: 0 })
      const kept = new Set((await journal.ledger.acts()).map((act) => (act.act === 'complete' ? act.taskId : 'another')))
      await journal.close()
      for (const n of answered) if (n % 2 === 0) expect(kept).toContain(`task_${n}`)
      const lapsed = [...kept].filter((taskId) => Number(taskId.slice('task_'.length)) % 2 === 1)
      // What the last batch recorded, at most.
      expect(lapsed.length).toBeLessThanOrEqual(8)
    }
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
