import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startMcpServer } from '@bailiwick/kit/mcp-server'
import type { RunningMcpServer } from '@bailiwick/kit/mcp-server'
import { compareTools, joinTools, makeToolsFile, openToolRegistry, toListedTool, watchTools, writeToolsFile } from '../src/index.ts'
import type { ListedTool, ToolNames, WatchedTools } from '../src/index.ts'
import { listLiveServers, listLiveTools } from '../src/live/index.ts'
import type { AskedServer, LiveServers } from '../src/live/index.ts'

const tool = (name: string, maximum: number) => ({
  name,
  description: `The tool ${name}.`,
  inputSchema: { type: 'object' as const, properties: { n: { type: 'integer', maximum } }, required: ['n'] },
})
const TICKETS = [tool('close', 10), tool('find', 5)]
const CRM = [tool('find', 99), tool('merge_all', 1)]
/** As a gateway that joins the two shows them. */
const JOINED = [...TICKETS.map((one) => ({ ...one, name: `tickets_${one.name}` })), ...CRM.map((one) => ({ ...one, name: `crm_${one.name}` }))]
const KEY = ['x-upstream-key', 'k-tickets'] as const

let tickets: RunningMcpServer
let crm: RunningMcpServer
let multiplexer: RunningMcpServer
let folder: string
beforeAll(async () => {
  tickets = await startMcpServer(TICKETS, { pageSize: 1, key: KEY })
  crm = await startMcpServer(CRM)
  multiplexer = await startMcpServer(JOINED)
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-joined-'))
})
afterEach(() => {
  tickets.list(TICKETS)
  crm.list(CRM)
})
afterAll(async () => {
  await Promise.all([tickets.close(), crm.close(), multiplexer.close()])
  rmSync(folder, { recursive: true, force: true })
})

const servers = (): readonly AskedServer[] => [
  { name: 'tickets', url: tickets.url, headers: () => Promise.resolve({ [KEY[0]]: KEY[1] }) },
  { name: 'crm', url: crm.url, headers: () => Promise.resolve({}) },
]
const ask = (names: ToolNames, asked = servers()): Promise<LiveServers> => listLiveServers(asked, names, { fetch, timeoutMs: 5_000 })

async function pinnedAs(names: ToolNames): Promise<readonly ListedTool[]> {
  const live = await ask(names)
  if (!live.ok) throw new Error(live.problem)
  return live.tools
}

describe('the tools of several servers', () => {
  it('under joined names are what a gateway that joins them lists, to the digest', async () => {
    const shown = await listLiveTools({ url: multiplexer.url, headers: {}, fetch, timeoutMs: 5_000 })
    expect(shown.ok && compareTools(await pinnedAs('joined'), shown.tools)).toEqual([])
  })

  it('show each server its own credential alone', async () => {
    const before = crm.asked()
    expect(await ask('joined', [{ name: 'tickets', url: tickets.url, headers: () => Promise.resolve({}) }, ...servers().slice(1)])).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/^tickets: /),
      seen: [{ name: 'crm_find' }, { name: 'crm_merge_all' }],
    })
    expect(crm.asked()).toBeGreaterThan(before)
  })

  it('under their own names are refused where two servers mean different things by one', async () => {
    expect(await ask('own')).toMatchObject({ ok: false, problem: expect.stringContaining('both list find') })
    crm.list([tool('find', 5), tool('merge_all', 1)])
    expect((await pinnedAs('own')).map(({ name }) => name)).toEqual(['close', 'find', 'merge_all'])
  })

  it('whose joined name is too long for any call are refused', () => {
    const long = toListedTool(tool('x'.repeat(125), 1))
    expect(long !== undefined && joinTools([{ server: 'crm', tools: [long] }], 'joined')).toMatchObject({ ok: false })
  })

  it('of a server without a credential to be had are not read', async () => {
    const asked: AskedServer = { name: 'crm', url: crm.url, headers: () => Promise.reject(new Error('gone')) }
    expect(await ask('joined', [asked])).toEqual({ ok: false, problem: 'crm: no credential for it can be had', seen: [] })
  })
})

describe('the watch over several servers', () => {
  interface Watched {
    readonly check: (name: string, n: number) => unknown
    next(): Promise<WatchedTools>
    close(): void
  }

  async function watch(asked = servers()): Promise<Watched> {
    const file = join(folder, 'desk.tools.json')
    const tools = (await pinnedAs('joined')).map((one) => ({ ...one, unchecked: [] }))
    writeFileSync(file, writeToolsFile(makeToolsFile('desk', tools)))
    const registry = openToolRegistry(new Map([['desk', { file }]]))
    let wait = Promise.withResolvers<WatchedTools>()
    let go: (() => void) | undefined
    const made = watchTools([{ resource: 'desk', servers: asked, names: 'joined', everyMs: 60_000, onChange: 'deny' }], {
      registry,
      fetch,
      report: (watched) => {
        wait.resolve(watched)
        wait = Promise.withResolvers<WatchedTools>()
      },
      after: (_ms, act) => {
        go = act
        return () => {
          go = undefined
        }
      },
    })
    const next = (): Promise<WatchedTools> => {
      const { promise } = wait
      go?.()
      return promise
    }
    return { check: (name, n) => registry.of('desk')?.check(name, { n }), next, close: () => made.close() }
  }

  it('holds each tool to the schema of its own server', async () => {
    const watched = await watch()
    expect(watched.check('crm_find', 50)).toBeUndefined()
    expect(watched.check('tickets_find', 50)).toMatchObject({ pointers: ['/n'] })
    expect(watched.check('find', 1)).toBe('unknown')
    watched.close()
  })

  it('denies what one server changed, and nothing of the other', async () => {
    const watched = await watch()
    expect(await watched.next()).toMatchObject({ outcome: 'same' })
    crm.list([tool('find', 100), tool('merge_all', 1)])
    expect(await watched.next()).toMatchObject({ outcome: 'changed', isDenied: true, changes: [{ kind: 'changed', name: 'crm_find' }] })
    expect([watched.check('crm_find', 1), watched.check('tickets_find', 1)]).toEqual(['changed', undefined])
    watched.close()
  })

  it('sees a change of one server while the other cannot be asked, and takes nothing of that one for gone', async () => {
    const [first, second] = servers()
    let isDown = false
    const headers = (): Promise<Readonly<Record<string, string>>> => (isDown ? Promise.reject(new Error('down')) : Promise.resolve({ [KEY[0]]: KEY[1] }))
    const watched = await watch(first === undefined || second === undefined ? [] : [{ ...first, headers }, second])
    expect(await watched.next()).toMatchObject({ outcome: 'same' })
    tickets.list([tool('close', 11), tool('find', 5)])
    expect(await watched.next()).toMatchObject({ changes: [{ name: 'tickets_close' }] })
    isDown = true
    crm.list([tool('find', 99)])
    const mixed = await watched.next()
    expect(mixed).toMatchObject({ outcome: 'unread', isDenied: true, changes: [{ kind: 'changed', name: 'tickets_close' }] })
    crm.list([tool('find', 98), tool('merge_all', 1)])
    expect(await watched.next()).toMatchObject({ outcome: 'unread', changes: [{ name: 'crm_find' }, { name: 'tickets_close' }] })
    expect([watched.check('crm_find', 1), watched.check('tickets_close', 1), watched.check('tickets_find', 1)]).toEqual(['changed', 'changed', undefined])
    watched.close()
  })
})
