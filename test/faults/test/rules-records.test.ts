// The rules about records and the resource (V5, V7, V8): a history that breaks each, and the nearest one that does not.
import { describe, expect, it } from 'vitest'
import { checked, created, recorded, rulesBroken } from './histories.ts'

const born = created([0, 1])

describe('V5, an allow without its record', () => {
  const allow = checked([2, 3], 'allow', { recordId: 'dec-1', digest: 'sha' })

  it.each([
    ['missing', []],
    ['written twice', [recorded('dec-1', { digest: 'sha' }), recorded('dec-1', { id: 'another', digest: 'sha' })]],
    ['about other arguments', [recorded('dec-1', { digest: 'other' })]],
    ['taken back', [recorded('dec-1', { digest: 'sha' }), recorded('dec-1', { id: 'back', effect: 'deny', supersedes: 'record of dec-1' })]],
    ['a deny', [recorded('dec-1', { effect: 'deny', digest: 'sha' })]],
  ])('is one whose record is %s', (_what, records) => {
    expect(rulesBroken([born, allow], { records })).toEqual(['V5'])
  })

  it('is not one with exactly one record', () => {
    expect(rulesBroken([born, allow], { records: [recorded('dec-1', { digest: 'sha' })] })).toEqual([])
  })

  it('finds an issued token by its id', () => {
    const exchange = checked([2, 3], 'allow', { door: 'exchange', recordId: 'jti-9' })
    expect(rulesBroken([born, exchange], { records: [recorded('dec-1', { issued: ['jti-8', 'jti-9'] })] })).toEqual([])
    expect(rulesBroken([born, exchange], { records: [recorded('dec-1', { issued: ['jti-8'] })] })).toEqual(['V5'])
  })

  it('says nothing of a deny, and nothing where no journal was read', () => {
    expect(rulesBroken([born, checked([2, 3], 'deny', { recordId: 'dec-1' })], { records: [] })).toEqual([])
    expect(rulesBroken([born, allow])).toEqual([])
  })
})

describe('V7 and V8, what reached the resource', () => {
  const allow = checked([2, 3], 'allow', { recordId: 'dec-1', digest: 'sha' })
  const records = [recorded('dec-1', { digest: 'sha' })]

  it('is a request nobody allowed', () => {
    expect(rulesBroken([born, allow], { records, upstream: [{ recordId: 'dec-2', digest: 'sha' }] })).toEqual(['V7'])
  })

  it('is a request with another body than the judged one', () => {
    expect(rulesBroken([born, allow], { records, upstream: [{ recordId: 'dec-1', digest: 'other' }] })).toEqual(['V8'])
  })

  it('is not the request that was judged', () => {
    expect(rulesBroken([born, allow], { records, upstream: [{ recordId: 'dec-1', digest: 'sha' }] })).toEqual([])
  })
})
