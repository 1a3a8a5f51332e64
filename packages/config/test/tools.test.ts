import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFolder, SECRET, VALID } from './fixture.ts'
import type { Folder } from './fixture.ts'

let folder: Folder
beforeAll(() => {
  folder = openFolder()
  folder.write('tickets.key', `${SECRET}-tickets\n`)
})
afterAll(() => folder.remove())

const UNBOUND = '    unbound: [refund_status]\n'
const withTools = (tools: string): string => VALID.replace(UNBOUND, `${UNBOUND}    tools: ${tools}\n`)
const TICKETS = '{ name: tickets, url: https://tickets.example.com/mcp, authentication: { method: bearer, secret_file: ./tickets.key } }'
const CRM = '{ name: crm, url: https://crm.example.com/mcp }'

describe('the pinned tools of a resource', () => {
  it("are its own server's, where nothing else is said", () => {
    const read = folder.parse(withTools('{ file: ./payments.tools.json }'))
    expect(read.ok && [...read.config.tools.values()]).toMatchObject([
      { names: 'own', servers: [{ url: 'https://payments.example.com/mcp', authentication: { method: 'none' } }] },
    ])
  })

  it('may be those of several servers, each with a credential of its own', () => {
    const read = folder.parse(withTools(`{ file: ./t.json, names: joined, servers: [${TICKETS}, ${CRM}] }`))
    expect(read.ok && [...read.config.tools.values()]).toMatchObject([
      {
        names: 'joined',
        servers: [
          { name: 'tickets', authentication: { method: 'bearer', secret: `${SECRET}-tickets` } },
          { name: 'crm', url: 'https://crm.example.com/mcp', authentication: { method: 'none' } },
        ],
      },
    ])
  })

  it.each([
    ['a url beside servers', `{ file: ./t.json, url: https://x.example.com/mcp, servers: [${CRM}] }`, 'url'],
    ['a credential for all of them', `{ file: ./t.json, authentication: { method: bearer, secret_file: ./tickets.key }, servers: [${CRM}] }`, 'authentication'],
    ['no server', '{ file: ./t.json, servers: [] }', 'servers'],
    ['a name twice', `{ file: ./t.json, servers: [${CRM}, ${CRM}] }`, 'servers[1].name'],
    ['a name with the joint in it', '{ file: ./t.json, servers: [{ name: a_b, url: https://x.example.com/mcp }] }', 'servers[0].name'],
    ['joined names of one server alone', '{ file: ./t.json, names: joined }', 'names'],
    ['a server in clear over the network', '{ file: ./t.json, servers: [{ name: crm, url: http://crm.example.com/mcp }] }', 'servers[0].url'],
  ])('are refused with %s', (_what, tools, at) => {
    const read = folder.parse(withTools(tools))
    expect(read.ok ? [] : read.problems.map(({ path }) => path)).toEqual([`resources[0].tools.${at}`])
  })
})
