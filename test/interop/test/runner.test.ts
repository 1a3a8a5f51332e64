import { describe, expect, it } from 'vitest'
import { judgeRun } from '../src/judge-run.ts'
import type { Run } from '../src/judge-run.ts'
import { parseOptions } from '../src/options.ts'

const EXISTING = ['envoy', 'envoy-gateway', 'mcp-python-1', 'mcp-python-2']

describe('the command line of npm run interop', () => {
  it('runs every peer when none is named', () => expect(parseOptions([], EXISTING)).toEqual({ peers: EXISTING, required: [] }))

  it('takes a name for every peer it begins', () =>
    expect(parseOptions(['mcp-python', '--require', 'mcp-python-2'], EXISTING)).toEqual({
      peers: ['mcp-python-1', 'mcp-python-2'],
      required: ['mcp-python-2'],
    }))

  it('takes the name of a peer for that one alone', () =>
    expect(parseOptions(['--require', 'envoy'], EXISTING)).toEqual({ peers: EXISTING, required: ['envoy'] }))

  it('runs what is required although another is named', () =>
    expect(parseOptions(['envoy', '--require', 'mcp-python-1'], EXISTING)).toEqual({ peers: ['envoy', 'mcp-python-1'], required: ['mcp-python-1'] }))

  it('hands the engine that is wanted to those that run containers', () =>
    expect(parseOptions(['envoy', '--engine', 'docker'], EXISTING)).toEqual({ peers: ['envoy'], required: [], engine: 'docker' }))

  it.each([[['nginx']], [['--require', 'envoy,nginx']], [['--require']], [['--requires', 'envoy']], [['--engine']], [['--engine', 'lxc']]])(
    'refuses %j instead of running nothing',
    (args) => expect(parseOptions(args, EXISTING)).toBeTypeOf('string'),
  )
})

describe('the verdict of a run', () => {
  const whole: Run = {
    peers: ['envoy', 'spire'],
    required: [],
    outcomes: new Map([
      ['envoy', { name: 'envoy', version: 'envoy 1.39.0' }],
      ['spire', { name: 'spire', skipped: 'no spire-server on PATH' }],
    ]),
    tests: new Map([['envoy', { passed: 3, failed: 0 }]]),
  }

  it('says what ran and what was skipped and why, and passes', () =>
    expect(judgeRun(whole)).toEqual({ ok: true, lines: ['envoy  ran      envoy 1.39.0: 3 passed', 'spire  skipped  no spire-server on PATH'] }))

  it('fails on a skip of a required peer', () => expect(judgeRun({ ...whole, required: ['spire'] }).ok).toBe(false))

  it.each([
    ['a failed test', { tests: new Map([['envoy', { passed: 3, failed: 1 }]]) }],
    ['a peer without tests', { tests: new Map() }],
    ['a peer that was never set up', { outcomes: new Map(whole.outcomes).set('envoy', { name: 'envoy', skipped: '' }), required: ['envoy'] }],
    ['a peer that said nothing', { outcomes: new Map() }],
    ['no peers at all', { peers: [] }],
  ])('fails on %s', (_name, change: Partial<Run>) => expect(judgeRun({ ...whole, ...change }).ok).toBe(false))
})
