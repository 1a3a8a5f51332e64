// Looks at the server behind a connection before anything is asked of it. Reads only.
import type { Session } from './link.ts'
import type { RedisSettings } from './options.ts'
import { assertUsable, serverInfoOf, settingsOfServer } from './server-info.ts'
import type { ServerInfo } from './server-info.ts'
import { isReply } from './store-fault.ts'

/** Throws a Fault while it is no primary, or one that could not keep the promise. */
export async function lookAt(session: Session, { plan }: RedisSettings): Promise<ServerInfo> {
  const info = serverInfoOf(await session.call('INFO'))
  assertUsable(info, settingsOfServer(plan.minToWrite === 0 ? undefined : await configOf(session)), plan)
  return info
}

/** Undefined where the server does not let it be asked. */
async function configOf(session: Session): Promise<unknown> {
  try {
    return await session.call('CONFIG', 'GET', 'min-replicas-*')
  } catch (error) {
    if (error instanceof Error && isReply(error.cause)) return undefined
    throw error
  }
}
