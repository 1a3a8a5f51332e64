import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { listenOnSocket } from '../src/index.ts'
import type { ListeningSocket } from '../src/index.ts'

let folder: string
let path: string
const open: ListeningSocket[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-socket-'))
  path = join(folder, 'gateways.sock')
})
afterEach(async () => {
  for (const listening of open.splice(0)) await listening.close(100)
  rmSync(folder, { recursive: true, force: true })
})

async function start(): Promise<ListeningSocket> {
  const listening = await listenOnSocket({ path, http: (_request, response) => response.end('http') })
  open.push(listening)
  return listening
}

function get(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: path, path: '/', headers: { host }, agent: false }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve(body))
    })
    asked.on('error', reject)
    asked.end()
  })
}

it('answers on a socket only its owner can open, under any name', async () => {
  await start()
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(await get('anything.example')).toBe('http')
})

it('takes its file away when it closes, and leaves the umask as it was', async () => {
  const before = process.umask()
  const listening = await listenOnSocket({ path, http: (_request, response) => response.end('http') })
  await listening.close(100)
  expect(existsSync(path)).toBe(false)
  expect(process.umask()).toBe(before)
})

it('replaces a socket nobody listens on', async () => {
  const gone = createServer()
  await new Promise<void>((resolve) => {
    gone.listen(path, resolve)
  })
  // As after a kill: the file stays.
  const kept = join(folder, 'kept.sock')
  renameSync(path, kept)
  await new Promise((resolve) => gone.close(resolve))
  renameSync(kept, path)
  await start()
  expect(await get('x')).toBe('http')
})

it('does not take a socket that is served, nor the place of a file', async () => {
  await start()
  await expect(listenOnSocket({ path, http: () => undefined })).rejects.toThrow('another process listens')
  const file = join(folder, 'notes.txt')
  writeFileSync(file, 'mine')
  await expect(listenOnSocket({ path: file, http: () => undefined })).rejects.toThrow('is no socket')
  expect(existsSync(file)).toBe(true)
})
