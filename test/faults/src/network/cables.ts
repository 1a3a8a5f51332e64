// Hosts and cables: a namespace for each place and one for the switch, with two pairs of virtual cables to each place, one that faults are about and one for
// the tester. Addresses are in 127.0.0.0/8, so that the product takes its hosts for this machine, and cross the cables all the same.
// Works in a world of its own (see world.ts): every namespace there is ours.
import { findTool, runTool } from './command.ts'
import type { Host, Place } from './network.ts'

const HUB = 'hub'
const DATA = '127.77.0'
const CONTROL = '127.78.0'

/** What faults are about. */
export const SUBNET = `${DATA}.0/24`
export const TESTER_ADDRESS = `${CONTROL}.1`

export interface Plugged {
  readonly host: Host
  /** The switch's end of the cable that faults are about. */
  readonly cable: string
}

/** Also what an earlier network left here that nobody removed. */
export async function removeHosts(): Promise<void> {
  const listed = await runTool('ip', ['netns', 'list'])
  const names = listed.split('\n').flatMap((line) => line.split(' ')[0] ?? '')
  const links = await runTool('ip', ['-o', 'link', 'show', 'type', 'veth'])
  // The kernel takes its time to remove what was in a namespace: the tester's own ends would be in the way meanwhile.
  for (const [, link = ''] of links.matchAll(/^\d+: (data|control)[@:]/gm)) await runTool('ip', ['link', 'del', link])
  for (const name of names) if (name !== '') await runTool('ip', ['netns', 'del', name])
}

export async function addSwitch(): Promise<void> {
  await runTool('ip', ['netns', 'add', HUB])
  await atSwitch('link add data type bridge', 'link add control type bridge', 'link set data up', 'link set control up')
}

/** `isTester`: this very process is there, so that nobody enters it; it has to be the first. */
export async function addHost(place: Place, n: number, isTester: boolean): Promise<Plugged> {
  const [address, control] = [`${DATA}.${n}`, `${CONTROL}.${n}`]
  const at = isTester ? '' : ` netns ${place}`
  if (!isTester) {
    await runTool('ip', ['netns', 'add', place])
    await own(place)
  }
  for (const [kind, cable] of [
    ['data', `d${n}`],
    ['control', `c${n}`],
  ] as const) {
    await batch(undefined, `link add name ${kind}${at} type veth peer name ${cable} netns ${HUB}`)
    await batch(isTester ? undefined : place, `addr add ${kind === 'data' ? address : control}/24 dev ${kind} scope global`, `link set ${kind} up`)
    await atSwitch(`link set ${cable} master ${kind}`, `link set ${cable} up`)
  }
  return { cable: `d${n}`, host: { address, control, enter: isTester ? [] : entering(place) } }
}

/** Its own 127.0.0.1 and nothing more: every other address of that range may be somebody else's. */
async function own(place: Place): Promise<void> {
  const [enter = '', ...rest] = entering(place)
  await runTool(enter, [...rest, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet'])
  await batch(place, 'link set lo up', 'addr del 127.0.0.1/8 dev lo', 'addr add 127.0.0.1/32 dev lo')
}

export async function atSwitch(...lines: readonly string[]): Promise<void> {
  await batch(HUB, ...lines)
}

/** Another tool than `ip`, run where the switch is. */
export async function runAtSwitch(tool: string, args: readonly string[], input?: string): Promise<string> {
  const [enter = '', ...rest] = entering(HUB)
  return await runTool(enter, [...rest, tool, ...args], input)
}

function entering(namespace: string): readonly string[] {
  return [findTool('nsenter') ?? 'nsenter', `--net=/run/netns/${namespace}`, '--']
}

async function batch(namespace: string | undefined, ...lines: readonly string[]): Promise<void> {
  await runTool('ip', [...(namespace === undefined ? [] : ['-n', namespace]), '-batch', '-'], `${lines.join('\n')}\n`)
}
