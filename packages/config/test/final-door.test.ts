// Which door spends a proof, and what may be said of proofs: a setting that would do nothing, or let nobody spend, stops the start.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openFolder, VALID } from './fixture.ts'
import type { Folder } from './fixture.ts'

let folder: Folder
beforeAll(() => {
  folder = openFolder()
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

it('knows the doors that can see a proof, and no others', () => {
  expect(settingsOf(VALID.replace(PAYMENTS, `${PAYMENTS}    final_door: litellm\n`))).toEqual(['resources[0].final_door'])
})

it('binds to a certificate only where the listeners say whose certificates count', () => {
  expect(settingsOf(VALID.replace('    may_launch: true\n', '    may_launch: true\n    proof: mtls\n'))).toEqual(['clients[0].proof'])
  expect(settingsOf(VALID.replace('    may_launch: true\n', '    may_launch: true\n    proof: dpop\n'))).toEqual([])
})
