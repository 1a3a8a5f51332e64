// What this kernel can do to packets beside dropping them, found out by trying, and what is used where something is missing.
import { atSwitch, runAtSwitch } from './cables.ts'
import type { Ability } from './network.ts'

export interface Abilities {
  /** `netem` delays each packet; `tbf` is a slow line, whose queue takes that long while it is full. */
  readonly delay: 'netem' | 'tbf' | undefined
  readonly loss: 'nft' | undefined
}

const TRIED = 'tried'
/** Far below what a loaded node reads, so that its queue is full while it is asked. */
const SLOW_RATE = '1mbit'

export async function findAbilities(): Promise<Abilities> {
  const works = (tool: string, args: readonly string[], input?: string): Promise<boolean> =>
    runAtSwitch(tool, args, input).then(
      () => true,
      () => false,
    )
  await atSwitch(`link add ${TRIED} type veth peer name ${TRIED}2`)
  const shaped = (args: readonly string[]): Promise<boolean> => works('tc', ['qdisc', 'replace', 'dev', TRIED, 'root', ...args])
  const delay = (await shaped(delaying('netem', 10))) ? 'netem' : (await shaped(delaying('tbf', 10))) ? 'tbf' : undefined
  await atSwitch(`link del ${TRIED}`)
  const rule =
    'table bridge tried { chain forward { type filter hook forward priority 0; policy accept; numgen random mod 10 < 1 drop; }; }\ndelete table bridge tried\n'
  return { delay, loss: (await works('nft', ['-f', '-'], rule)) ? 'nft' : undefined }
}

export function delaying(how: 'netem' | 'tbf', ms: number): readonly string[] {
  return how === 'netem' ? ['netem', 'delay', `${ms}ms`] : ['tbf', 'rate', SLOW_RATE, 'burst', '4000', 'latency', `${ms}ms`]
}

export function describeAbilities({ delay, loss }: Abilities): readonly string[] {
  return [
    'cut, one way or both: packets dropped by nftables; unplugged: the link is set down',
    ...(delay === 'netem' ? ['delay: tc netem'] : []),
    ...(delay === 'tbf' ? [`delay: this kernel has no tc netem; a line of ${SLOW_RATE} with a full queue (tc tbf) instead`] : []),
    ...(loss === undefined ? [] : ['loss: packets dropped at random by nftables']),
  ]
}

export function lackOf(abilities: Abilities, ability: Ability): string | undefined {
  if (abilities[ability] !== undefined) return undefined
  return ability === 'delay' ? 'this kernel has neither tc netem nor tc tbf' : 'nftables cannot drop at random in this kernel'
}
