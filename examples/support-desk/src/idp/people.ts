// The people of the support desk, as the company directory knows them.

export interface Person {
  readonly id: string
  readonly name: string
  readonly department: string
  readonly roles: readonly string[]
  readonly refund_limit_cents: number
  readonly active: boolean
}

export const PEOPLE: ReadonlyMap<string, Person> = new Map(
  [
    { id: 'alice', name: 'Alice Archer', department: 'support', roles: ['tier-1-support'], refund_limit_cents: 5_000, active: true },
    { id: 'bob', name: 'Bob Baker', department: 'support', roles: ['tier-2-lead'], refund_limit_cents: 1_000_000, active: true },
  ].map((person) => [person.id, person]),
)
