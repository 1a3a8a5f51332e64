// A V8 CPU profile as text: where the time went by area (package or folder) and by function. Self time, idle left out.
// The `.cpuprofile` itself opens as a flame graph in Chrome's and Edge's developer tools and at speedscope.app.
import { readFileSync } from 'node:fs'

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples?: readonly number[]
  /** Microseconds since the sample before. */
  readonly timeDeltas?: readonly number[]
}

export interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

const FUNCTIONS = 40
const NOT_WORK: readonly string[] = ['(idle)', '(program)', '(root)']

/** A file the service's profiler wrote. */
export function readProfile(file: string): CpuProfile {
  // oxlint-disable-next-line typescript/no-unsafe-assignment -- written by V8 in the service this run started
  const profile: CpuProfile = JSON.parse(readFileSync(file, 'utf8'))
  return profile
}

/** `operations`: how many the profile covers, so that the numbers are microseconds for one. */
export function summariseProfile(profile: CpuProfile, operations: number): string {
  const selfUs = selfTimes(profile)
  const areas = new Map<string, number>()
  const functions = new Map<string, number>()
  for (const { id, callFrame } of profile.nodes) {
    const us = selfUs.get(id) ?? 0
    if (us === 0 || callFrame.functionName === '(idle)') continue
    add(areas, areaOf(callFrame), us)
    add(functions, `${callFrame.functionName === '' ? '(anonymous)' : callFrame.functionName}  ${shortUrl(callFrame.url)}:${callFrame.lineNumber + 1}`, us)
  }
  const per = (us: number): string => (us / Math.max(1, operations)).toFixed(1).padStart(8)
  const sorted = (map: ReadonlyMap<string, number>): readonly (readonly [string, number])[] => [...map].toSorted((a, b) => b[1] - a[1])
  return [
    'us/op by area',
    ...sorted(areas).map(([name, us]) => `${per(us)}  ${name}`),
    '',
    'us/op by function (self)',
    ...sorted(functions)
      .slice(0, FUNCTIONS)
      .map(([name, us]) => `${per(us)}  ${name}`),
    '',
  ].join('\n')
}

function selfTimes({ samples = [], timeDeltas = [] }: CpuProfile): ReadonlyMap<number, number> {
  const times = new Map<number, number>()
  for (const [place, id] of samples.entries()) {
    // A sample stands for the time until the next one.
    const us = timeDeltas[place + 1] ?? 0
    times.set(id, (times.get(id) ?? 0) + Math.max(0, us))
  }
  return times
}

function areaOf({ functionName, url }: ProfileNode['callFrame']): string {
  if (url === '') return NOT_WORK.includes(functionName) || functionName === '(garbage collector)' ? functionName : 'native code'
  if (url.startsWith('node:')) return `node:${/^node:(?:internal\/)?([^/]+)/.exec(url)?.[1] ?? 'internal'}`
  const dependency = /node_modules\/\.pnpm\/.*?\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  return dependency ?? /(?:packages|services)\/[^/]+\/src(?:\/[^/]+(?=\/))?/.exec(url)?.[0] ?? 'other'
}

function shortUrl(url: string): string {
  return /(?:(?:packages|services)\/.*|[^/]+\/[^/]+\/[^/]+)$/.exec(url)?.[0] ?? url
}

function add(map: Map<string, number>, key: string, us: number): void {
  map.set(key, (map.get(key) ?? 0) + us)
}
