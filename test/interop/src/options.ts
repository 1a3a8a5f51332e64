// The runner's command line: peers to run (all when none is named), those that must not be skipped, and the engine for those that are containers.
import { ENGINES } from './containers/engine.ts'
import type { EngineName } from './containers/engine.ts'

export interface Options {
  readonly peers: readonly string[]
  readonly required: readonly string[]
  /** Without one, what is here. */
  readonly engine?: EngineName
}

export function usage(existing: readonly string[]): string {
  return `npm run interop -- [peers] [options]
  peers                   ${existing.join(', ')}; all when none is named, and mcp-python stands for those it begins
  --require LIST          a skip of one of these is a failure: --require envoy,mcp-python
  --engine NAME           ${ENGINES.join(' or ')}, for containers; without it, the first that is here`
}

/** `existing`: every peer there is. A text is the usage error to print. */
export function parseOptions(args: readonly string[], existing: readonly string[]): Options | string {
  const named: string[] = []
  const required: string[] = []
  let engine: EngineName | undefined
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--require') {
      const list = args[++at]
      if (list === undefined) return '--require needs a list: --require envoy,spire'
      required.push(...list.split(',').map((name) => name.trim()))
    } else if (arg === '--engine') {
      const name = args[++at]
      engine = ENGINES.find((known) => known === name)
      if (engine === undefined) return `--engine needs one of ${ENGINES.join(', ')}`
    } else if (arg.startsWith('-')) return `no such option: ${arg}`
    else named.push(arg)
  }
  // A name that is no peer's stands for those it is the beginning of: mcp-python for mcp-python-1 and mcp-python-2.
  const meant = (name: string): readonly string[] => (existing.includes(name) ? [name] : existing.filter((peer) => peer.startsWith(`${name}-`)))
  const unknown = [...named, ...required].filter((name) => meant(name).length === 0)
  if (unknown.length > 0) return `no such peer: ${unknown.join(', ')}; there are ${existing.join(', ')}`
  const wanted = required.flatMap(meant)
  const peers = named.length === 0 ? existing : existing.filter((peer) => wanted.includes(peer) || named.flatMap(meant).includes(peer))
  return { peers, required: wanted, ...(engine === undefined ? {} : { engine }) }
}
