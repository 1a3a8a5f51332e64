// Which door spends a proof, and what may be said of proofs: a setting that would do nothing, or let nobody spend, stops the start.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openFolder, VALID } from './fixture.ts'
import type { Folder } from './fixture.ts'

let folder: Folder
beforeAll(() => {
  folder = openFolder()
  folder.write('inner.key', randomBytes(32).toString('base64url'), 0o600)
})
afterAll(() => folder.remove())

const PAYMENTS = 'uri: https://payments.example.com/mcp\n'
const withDoors = VALID.replace('name: edge\n    doors: [ext_authz]', 'name: edge\n    doors: [ext_authz, ext_mcp]')
  .replace('resource_from: context_extension', 'resource_from: fixed\n    resource: payments')
  .replace('resources: [payments, models]\n    resource_from', 'resources: [payments]\n    resource_from')
const settingsOf = (yaml: string): readonly string[] => {
  const result = folder.parse(yaml)
  return result.ok ? [] : result.problems.map(({ path }) => path)
}

it('is asked for where two doors judge one call that has to be proved', () => {
  expect(settingsOf(withDoors)).toEqual([])
  expect(settingsOf(withDoors.replace(PAYMENTS, `${PAYMENTS}    proof: dpop\n`))).toEqual(['resources[0].final_door'])
  for (const door of ['ext_authz', 'ext_mcp'])
    expect(settingsOf(withDoors.replace(PAYMENTS, `${PAYMENTS}    proof: dpop\n    final_door: ${door}\n`))).toEqual([])
})

it('is a door somebody asks at', () => {
  expect(settingsOf(VALID.replace(PAYMENTS, `${PAYMENTS}    final_door: forward_auth\n`))).toEqual(['resources[0].final_door'])
})

const INNER = `  - name: inner
    doors: [ext_authz]
    resources: [payments, models]
    resource_from: context_extension
    authentication: shared_secret
    secret_files: [./inner.key]
`
/** `edge`, and a gateway behind it. */
const chained = (change: (inner: string) => string = (inner) => inner): string =>
  VALID.replace('  - name: edge\n', `${change(INNER)}  - name: edge\n    followed_by: inner\n`)

it('is at the gateway that follows', () => {
  expect(settingsOf(chained())).toEqual([])
  const others: readonly [string, (text: string) => string][] = [
    ['of no such name', (text) => text.replace('name: inner', 'name: other')],
    ['in a circle', (text) => `${text}    followed_by: edge\n`],
    ['of other resources', (text) => text.replace('resources: [payments, models]', 'resources: [payments]')],
    ['without a door that sees proofs', (text) => text.replace('doors: [ext_authz]', 'doors: [litellm]').replace('context_extension', 'fixed')],
  ]
  for (const [what, change] of others) expect([what, settingsOf(chained(change)).some((path) => path.endsWith('.followed_by'))]).toEqual([what, true])
})

it('is not at a gateway that another one follows', () => {
  expect(
    settingsOf(
      chained((text) => text.replace('doors: [ext_authz]', 'doors: [forward_auth]').replace('context_extension', 'path_segment')).replace(
        PAYMENTS,
        `${PAYMENTS}    final_door: ext_authz\n`,
      ),
    ),
  ).toEqual(['resources[0].final_door'])
})

it('knows the doors that can see a proof, and no others', () => {
  expect(settingsOf(VALID.replace(PAYMENTS, `${PAYMENTS}    final_door: litellm\n`))).toEqual(['resources[0].final_door'])
})

it('binds to a certificate only where the listeners say whose certificates count', () => {
  expect(settingsOf(VALID.replace('    may_launch: true\n', '    may_launch: true\n    proof: mtls\n'))).toEqual(['clients[0].proof'])
  expect(settingsOf(VALID.replace('    may_launch: true\n', '    may_launch: true\n    proof: dpop\n'))).toEqual([])
})
