// What the switch in the middle lets through, as the text `nft` reads: one table, replaced as a whole, so that a cut of many places is one moment. No I/O.
import type { Direction } from './network.ts'

export interface Rules {
  readonly cuts: readonly { readonly some: readonly string[]; readonly others: readonly string[]; readonly direction: Direction }[]
  /** By address: the share of what reaches it that is lost. */
  readonly losses: ReadonlyMap<string, number>
}

const TABLE = 'table bridge bailiwick'
const IN_A_THOUSAND = 1_000

/** `subnet`: the addresses cuts are about. Nobody gets round a cut by speaking from another address. */
export function rulesetOf({ cuts, losses }: Rules, subnet: string): string {
  const pairs = cuts.flatMap(({ some, others, direction }) =>
    some.flatMap((one) => others.flatMap((other) => [`${one} . ${other}`, ...(direction === 'both' ? [`${other} . ${one}`] : [])])),
  )
  const lines = [
    ...(pairs.length === 0 ? [] : [`ip saddr . ip daddr { ${[...new Set(pairs)].join(', ')} } drop`]),
    ...[...losses].map(([address, share]) => `ip daddr ${address} numgen random mod ${IN_A_THOUSAND} < ${Math.round(share * IN_A_THOUSAND)} drop`),
    `ip daddr ${subnet} ip saddr != ${subnet} drop`,
  ]
  // Made before it is deleted: whether it was there or not, nothing fails.
  return [
    TABLE,
    `delete ${TABLE}`,
    `${TABLE} {`,
    '  chain forward {',
    '    type filter hook forward priority 0; policy accept;',
    ...lines.map((line) => `    ${line}`),
    '  }',
    '}',
    '',
  ].join('\n')
}
