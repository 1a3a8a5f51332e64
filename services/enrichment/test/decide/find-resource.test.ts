import { expect, it } from 'vitest'
import type { Question } from '@bailiwick/core'
import type { GatewayConfig } from '@bailiwick/config'
import { findResource } from '../../src/decide/find-resource.ts'
import { EDGE, HINT, MODELS, PAYMENTS, resourceName } from '../fixtures.ts'

const resources = new Map([
  [PAYMENTS.name, PAYMENTS],
  [MODELS.name, MODELS],
])

function find(gateway: GatewayConfig, hint: Question['resourceHint']): ReturnType<typeof findResource> {
  return findResource({ config: { resources } }, gateway, hint)
}

it('finds the resource the static context names', () => {
  expect(find(EDGE, HINT)).toEqual({ ok: true, value: PAYMENTS })
})

it.each([
  ['nothing is named', EDGE, { from: 'context_extension' }],
  ['the name is not in the gateways list', { ...EDGE, resources: [MODELS.name] }, HINT],
  ['the gateways list is empty', { ...EDGE, resources: [] }, HINT],
  ['the name is none', EDGE, { from: 'context_extension', value: 'Payments' }],
  ['the name is listed but not configured', { ...EDGE, resources: [resourceName('crm')] }, { from: 'context_extension', value: 'crm' }],
  ['the name comes from another place than the gateways', { ...EDGE, resourceFrom: 'path_segment' }, HINT],
  ['a gateway whose caller writes the question sends a static word', { ...EDGE, resourceFrom: 'request' }, HINT],
  ['a fixed resource and the static context disagree', { ...EDGE, resourceFrom: 'fixed', resource: MODELS.name }, HINT],
  ['a fixed resource is not set', { ...EDGE, resourceFrom: 'fixed' }, { from: 'context_extension' }],
] satisfies [string, GatewayConfig, Question['resourceHint']][])('knows no resource when %s', (_when, gateway, hint) => {
  expect(find(gateway, hint)).toMatchObject({ ok: false, denial: { reason: 'resource_unknown' } })
})

it('uses the fixed resource of a gateway that has one', () => {
  expect(find({ ...EDGE, resourceFrom: 'fixed', resource: PAYMENTS.name }, { from: 'context_extension' })).toEqual({ ok: true, value: PAYMENTS })
})

it('takes the word of a caller who writes the question, within the gateways list', () => {
  expect(find(EDGE, { from: 'request', value: 'models' })).toEqual({ ok: true, value: MODELS })
  expect(find(EDGE, { from: 'request', value: 'payroll' })).toMatchObject({ ok: false, denial: { reason: 'resource_unknown' } })
})
