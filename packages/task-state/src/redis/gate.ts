// Which nodes have not put back what they recorded in this epoch: while there is one, nobody answers. Says so once for each change.
import { missingControls } from './join-store.ts'
import type { Session } from './link.ts'
import type { RedisSettings, RedisStoreEvent } from './options.ts'
import type { View } from './view.ts'

export interface Gate {
  /** When it was asked last. */
  missing(): readonly string[]
  ask(session: Session, view: View): Promise<readonly string[]>
  /** Of another epoch by now. */
  forget(): void
}

export interface GateDeps {
  readonly settings: RedisSettings
  readonly head: string
  report(event: RedisStoreEvent): void
}

export function createGate({ settings, head, report }: GateDeps): Gate {
  let absent: readonly string[] = []
  let told = ''
  return {
    missing: () => absent,
    async ask(session, view) {
      const missing = await missingControls({ session, head, settings, view })
      absent = missing
      const text = `${view.storeId}/${view.epoch}: ${missing.join(' ')}`
      if (missing.length > 0 && text !== told) {
        report({ event: 'waiting_for_controls', storeId: view.storeId, epoch: view.epoch, missing })
        told = text
      }
      return missing
    },
    forget() {
      absent = []
    },
  }
}
