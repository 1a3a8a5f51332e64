// One connection, and what may be sent over it. Commands go out only in a session that was admitted: the TCP connection whose server was looked at.
// A reconnect ends the session, whatever it led to, and nothing is queued, repeated or resent across it.
import type { Clock } from '@bailiwick/core'
import { Redis } from 'ioredis'
import type { ClientOptions, LinkName } from './client-options.ts'
import { guardStreams } from './guard-streams.ts'
import type { Script } from './script.ts'
import { faultOfReply, isUnknownScript, storeFault } from './store-fault.ts'

export type Argument = string | number

const ANEW_AFTER_MS = 100

/** One TCP connection. Every call rejects with a Fault: of the connection, of the server's refusal, or because the connection is another one by now. */
export interface Session {
  /** Runs a script on the store whose `head` is the key. The reply is the caller's to check. */
  run(script: Script, head: string, args: readonly Argument[]): Promise<unknown>
  call(command: string, ...args: Argument[]): Promise<unknown>
}

export interface Link {
  readonly name: LinkName
  /** The session that is there now, admitted or not; throws while there is none. */
  current(): Session
  /** The admitted session; throws where the present connection was not looked at yet. */
  session(): Session
  /** From now on {@link session} gives `session` out, until its connection ends. */
  admit(session: Session): void
  /** Takes the connection down; another one is made. */
  drop(): void
  close(): void
}

export interface LinkOptions {
  readonly name: LinkName
  readonly client: ClientOptions
  readonly clock: Clock
  /** A connection was made or lost. */
  changed(): void
}

export function openLink(options: LinkOptions): Link {
  const client = new Redis(options.client)
  guardStreams(client)
  let current: Session | undefined
  let admitted: Session | undefined
  let closed = false
  // Without a listener the library writes to the console. What went wrong is told by the calls that fail.
  client.on('error', () => undefined)
  client.on('ready', () => {
    current = createSession(client, (session) => session === current, options)
    options.changed()
  })
  client.on('close', () => {
    if (current === undefined) return
    current = undefined
    admitted = undefined
    options.changed()
  })
  // A failover that is noticed while a connection is being made ends the library's client for good: it says so once, and never tries again.
  client.on('end', () => {
    if (!closed) setTimeout(connect, ANEW_AFTER_MS).unref()
  })
  connect()

  function connect(): void {
    if (!closed) client.connect().catch(() => undefined)
  }

  return {
    name: options.name,
    current() {
      if (closed) throw storeFault('store_closed', 'the store is closed')
      if (current === undefined) throw storeFault('store_unreachable', 'the store cannot be reached')
      return current
    },
    session() {
      if (closed) throw storeFault('store_closed', 'the store is closed')
      if (admitted === undefined) throw current === undefined ? storeFault('store_unreachable', 'the store cannot be reached') : notYet()
      return admitted
    },
    admit(session) {
      if (session === current) admitted = session
    },
    drop() {
      if (!closed) client.disconnect(true)
    },
    close() {
      closed = true
      current = undefined
      admitted = undefined
      client.disconnect()
    },
  }
}

function notYet(): Error {
  return storeFault('store_recovering', 'the connection to the store is new and was not checked yet')
}

function createSession(client: Redis, isCurrent: (session: Session) => boolean, options: LinkOptions): Session {
  async function send(ask: () => Promise<unknown>): Promise<unknown> {
    if (!isCurrent(session)) throw storeFault('store_unreachable', 'the connection to the store was lost')
    const begun = options.clock.monotonicMs()
    try {
      const reply = await ask()
      // A process that was stopped finds the reply in its socket before its timers run: it is as old as the stop was long.
      if (options.clock.monotonicMs() - begun <= options.client.commandTimeout) return reply
    } catch (error) {
      throw faultOfReply(error)
    }
    throw storeFault('store_timeout', 'the store did not answer in time')
  }
  const session: Session = {
    run: (script, head, args) =>
      send(async () => {
        try {
          return await client.evalsha(script.sha, 1, head, ...args)
        } catch (error) {
          // A server that was restarted has forgotten its scripts; the text makes it remember. Nothing ran: NOSCRIPT is said before.
          if (!isUnknownScript(error) || !isCurrent(session)) throw error
          return await client.eval(script.text, 1, head, ...args)
        }
      }),
    call: (command, ...args) => send(() => client.call(command, ...args)),
  }
  return session
}
