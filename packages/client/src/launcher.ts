// The launcher's side: start a task for a person (with that person's own token) or for an autonomous agent, and end it. The task token it gets is for the
// agent; a launcher neither exchanges nor keeps it.
import type { Binding } from '@bailiwick/core'
import { toConnection } from './connection.ts'
import type { ConnectionOptions } from './connection.ts'
import { BailiwickMisconfigured } from './errors.ts'
import { completeTask, createTask, findTask } from './task-calls.ts'
import type { AgentInfo, CompletedTask, CreatedTask } from './task-calls.ts'
import type { TaskView } from './task-view.ts'
import { TOKEN_TYPE } from './token-types.ts'
import type { PresentedToken } from './token-types.ts'

const SUBJECT_TOKEN_TYPES = ['id_token', 'access_token'] as const
type ShortTokenType = (typeof SUBJECT_TOKEN_TYPES)[number]
/** Short, or as the wire spells it. */
export type SubjectTokenType = ShortTokenType | `urn:ietf:params:oauth:token-type:${ShortTokenType}`

interface NewTask {
  /** The agent's client id. */
  readonly agent: string
  /** Names; never empty. */
  readonly resources: readonly string[]
  /** The facts the task is tied to. Only who delegates sets them. */
  readonly binding?: Binding
  readonly purpose?: string
  /** Whole seconds. */
  readonly expiresIn?: number
  readonly agentInfo?: AgentInfo
}

/** With a person's token the task is that person's; without one the agent acts for itself. */
export type LaunchRequest = NewTask &
  (
    | { readonly subjectToken: string; readonly subjectTokenType: SubjectTokenType }
    | { readonly subjectToken?: undefined; readonly subjectTokenType?: undefined }
  )

export interface Launcher {
  createTask(request: LaunchRequest): Promise<CreatedTask>
  /** Tasks this launcher created, no others. */
  completeTask(id: string): Promise<CompletedTask>
  readTask(id: string): Promise<TaskView>
}

export function createLauncher(options: ConnectionOptions): Launcher {
  const connection = toConnection(options)
  return {
    createTask: async (request) => {
      const { subjectToken, subjectTokenType, ...task } = request
      return await createTask(connection, subjectOf(subjectToken, subjectTokenType), task)
    },
    completeTask: async (id) => await completeTask(connection, undefined, id),
    readTask: async (id) => await findTask(connection, undefined, id),
  }
}

/** A person's token that went missing must not turn the task into one of the agent's own. */
function subjectOf(token: unknown, type: string | undefined): PresentedToken | undefined {
  if (token === undefined && type === undefined) return undefined
  const short = SUBJECT_TOKEN_TYPES.find((known) => type === known || type === `${TOKEN_TYPE}${known}`)
  if (typeof token !== 'string' || token === '') throw new BailiwickMisconfigured('subject_token', '"subjectToken" is missing')
  if (short === undefined) throw new BailiwickMisconfigured('subject_token_type', `"subjectTokenType" must be one of ${SUBJECT_TOKEN_TYPES.join(', ')}`)
  return { token, type: `${TOKEN_TYPE}${short}` }
}
