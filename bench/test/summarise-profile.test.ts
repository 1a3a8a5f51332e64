import { expect, it } from 'vitest'
import { summariseProfile } from '../src/profile/summarise-profile.ts'

const frame = (functionName: string, url: string, lineNumber = 0): { functionName: string; url: string; lineNumber: number } => ({
  functionName,
  url,
  lineNumber,
})

it('charges each sample to its own function and area, per operation, without the idle time', () => {
  const text = summariseProfile(
    {
      nodes: [
        { id: 1, callFrame: frame('(root)', '') },
        { id: 2, callFrame: frame('decide', 'file:///x/services/enrichment/src/decide/decide.ts', 33) },
        { id: 3, callFrame: frame('write', 'file:///x/node_modules/.pnpm/@scope+a@1/node_modules/@scope/a/lib/w.js', 9) },
        { id: 4, callFrame: frame('(idle)', '') },
        { id: 5, callFrame: frame('request', 'node:internal/http2/core', 1) },
        { id: 6, callFrame: frame('stat', '') },
      ],
      samples: [2, 3, 4, 5, 6, 2],
      timeDeltas: [0, 100, 300, 9_000, 50, 40],
    },
    10,
  )
  expect(text).not.toContain('idle')
  const areas = ['    30.0  @scope/a', '    10.0  services/enrichment/src/decide', '     5.0  node:http2', '     4.0  native code']
  expect(text.split('\n').slice(0, 5)).toEqual(['us/op by area', ...areas])
  expect(text).toContain('decide  services/enrichment/src/decide/decide.ts:34')
})
