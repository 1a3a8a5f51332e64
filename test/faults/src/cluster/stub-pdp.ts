// A decision point that speaks Cerbos's protocol and says yes, so that policy costs little and what is judged is state. It keeps the canary's promise, and
// can hold the answer about one task, hang, talk nonsense, or be gone. A real Cerbos runs beside it where the run says so.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { Effect } from '@cerbos/api/cerbos/effect/v1/effect_pb'
import { CheckResourcesRequestSchema } from '@cerbos/api/cerbos/request/v1/request_pb'
import type { CheckResourcesRequest } from '@cerbos/api/cerbos/request/v1/request_pb'
import { CheckResourcesResponseSchema, CheckResourcesResponse_ResultEntrySchema } from '@cerbos/api/cerbos/response/v1/response_pb'
import type { CheckResourcesResponse_ResultEntry } from '@cerbos/api/cerbos/response/v1/response_pb'
import { ValidationErrorSchema, ValidationError_Source } from '@cerbos/api/cerbos/schema/v1/schema_pb'
import { Server, ServerCredentials } from '@grpc/grpc-js'

export type PdpMood = 'honest' | 'hanging' | 'talking_nonsense'

export interface HeldAnswer {
  /** Resolves when a question about the task is there and waits. */
  readonly arrived: Promise<void>
  release(): void
}

export interface StubPdp {
  readonly address: string
  mood(mood: PdpMood): void
  /** The next question about the task waits. */
  hold(task: string): HeldAnswer
  /** Nobody answers at the address any more; what waited is lost. */
  crash(): void
  /** Somebody does again. */
  restart(): Promise<void>
  close(): void
}

/** Of a later version of the protocol, or of none. */
const NO_EFFECT = 17

/** `host`: where whoever asks finds the tester. */
export async function startStubPdp(host: string): Promise<StubPdp> {
  const holds = new Map<string, { arrived: () => void; readonly gate: Promise<void>; readonly release: () => void }>()
  let mood: PdpMood = 'honest'
  const method = {
    path: '/cerbos.svc.v1.CerbosService/CheckResources',
    requestStream: false,
    responseStream: false,
    requestSerialize: (request: CheckResourcesRequest) => Buffer.from(toBinary(CheckResourcesRequestSchema, request)),
    requestDeserialize: (bytes: Buffer) => fromBinary(CheckResourcesRequestSchema, bytes),
    responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
    responseDeserialize: (bytes: Buffer) => new Uint8Array(bytes),
  } as const

  async function answer({ request }: { readonly request: CheckResourcesRequest }, done: (error: null, answer: Uint8Array) => void): Promise<void> {
    const hold = holds.get(taskOf(request))
    if (hold !== undefined) {
      hold.arrived()
      await hold.gate
    }
    if (mood === 'hanging') return
    const results = request.resources.map((entry) => resultOf(entry, mood))
    done(null, toBinary(CheckResourcesResponseSchema, create(CheckResourcesResponseSchema, { cerbosCallId: 'stub', results })))
  }

  async function start(at: number): Promise<{ server: Server; port: number }> {
    const started = new Server()
    started.addService(
      { CheckResources: method },
      { CheckResources: (call: { readonly request: CheckResourcesRequest }, done: (error: null, answer: Uint8Array) => void) => void answer(call, done) },
    )
    const bound = await new Promise<number>((resolve, reject) => {
      started.bindAsync(`${host}:${at}`, ServerCredentials.createInsecure(), (error, found) => (error === null ? resolve(found) : reject(error)))
    })
    return { server: started, port: bound }
  }

  let { server, port } = await start(0)
  return {
    address: `${host}:${port}`,
    mood(next) {
      mood = next
    },
    hold(task) {
      const arrived = Promise.withResolvers<void>()
      const gate = Promise.withResolvers<void>()
      const release = (): void => {
        holds.delete(task)
        gate.resolve()
      }
      holds.set(task, { arrived: arrived.resolve, gate: gate.promise, release })
      return { arrived: arrived.promise, release }
    },
    crash: () => server.forceShutdown(),
    async restart() {
      ;({ server, port } = await start(port))
    },
    close() {
      for (const { release } of holds.values()) release()
      server.forceShutdown()
    },
  }
}

function taskOf({ requestContext }: CheckResourcesRequest): string {
  const named = requestContext?.annotations['task_id']?.kind
  return named?.case === 'stringValue' ? named.value : ''
}

function resultOf({ resource, actions }: CheckResourcesRequest['resources'][number], mood: PdpMood): CheckResourcesResponse_ResultEntry {
  const { kind = '', id = '' } = resource ?? {}
  const isDead = kind === 'bailiwick:canary' && id === 'invalid'
  const nonsense = mood === 'talking_nonsense' && kind !== 'bailiwick:canary'
  const effect = nonsense ? NO_EFFECT : isDead ? Effect.DENY : Effect.ALLOW
  const entry = create(CheckResourcesResponse_ResultEntrySchema, {
    resource: { kind, id },
    actions: Object.fromEntries(actions.map((action) => [action, effect])),
  })
  if (isDead)
    entry.validationErrors.push(create(ValidationErrorSchema, { path: '/alive', message: 'expected boolean', source: ValidationError_Source.RESOURCE }))
  return entry
}
