// Asks the store under the view that stands, and lets every reply that contradicts the view close it.
import type { Keyspace } from './keys.ts'
import type { Argument, Link } from './link.ts'
import type { Membership } from './membership.ts'
import type { Script } from './script.ts'
import { argumentsOf, sawRevision } from './view.ts'
import type { View } from './view.ts'
import type { Written, Writer } from './writer.ts'

export interface Asker {
  readonly keys: Keyspace
  readonly membership: Membership
  /** On the read connection, within the read deadline. */
  read(script: Script, args: readonly Argument[]): Promise<unknown>
  /** On the connection for work, without asking for confirmation: for what may be lost without harm. */
  work(script: Script, args: readonly Argument[]): Promise<unknown>
  /** Written and asked for confirmation; acts never wait behind spent keys. */
  act(script: Script, args: readonly Argument[]): Promise<Written>
  spend(script: Script, args: readonly Argument[]): Promise<Written>
  /** A plain command on the read connection; for lists only, never for proof of life. */
  list(command: string, ...args: Argument[]): Promise<unknown>
  /** Takes note of how far the store is. */
  saw(epoch: number, revision: number): void
}

export interface AskerDeps {
  readonly keys: Keyspace
  readonly membership: Membership
  readonly reads: Link
  readonly works: Link
  readonly actWriter: Writer
  readonly workWriter: Writer
}

export function createAsker(deps: AskerDeps): Asker {
  const { keys, membership } = deps

  async function watched<T>(ask: (view: View) => Promise<T>): Promise<T> {
    const view = membership.view()
    try {
      return await ask(view)
    } catch (error) {
      membership.doubt(error)
      throw error
    }
  }

  const run = (link: Link, script: Script, args: readonly Argument[]): Promise<unknown> =>
    watched(async (view) => await link.session().run(script, keys.head, [...argumentsOf(view), ...args]))
  const write = (writer: Writer, script: Script, args: readonly Argument[]): Promise<Written> =>
    // The view as it stands when it is sent: it may have waited behind others.
    watched(async () => await writer.write(script, keys.head, () => [...argumentsOf(membership.view()), ...args]))

  return {
    keys,
    membership,
    read: (script, args) => run(deps.reads, script, args),
    work: (script, args) => run(deps.works, script, args),
    act: (script, args) => write(deps.actWriter, script, args),
    spend: (script, args) => write(deps.workWriter, script, args),
    list: (command, ...args) => watched(async () => await deps.reads.session().call(command, ...args)),
    saw(epoch, revision) {
      sawRevision(membership.view(), { epoch, revision })
    },
  }
}
