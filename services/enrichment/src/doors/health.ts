// grpc.health.v1 with the truth of `ready()`. Tells nothing but serving or not: the checks' words stay on the operators' plane.
import { status } from '@grpc/grpc-js'
import type { ServerWritableStream, UntypedServiceImplementation, handleServerStreamingCall, handleUnaryCall } from '@grpc/grpc-js'
import { create } from '@bufbuild/protobuf'
import {
  AUTHORIZATION_SERVICE_NAME,
  EXT_MCP_SERVICE_NAME,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as Status,
  UNREADABLE,
} from '@bailiwick/wire'
import type { HealthCheckRequest, HealthCheckResponse, Unreadable } from '@bailiwick/wire'

export interface HealthDeps {
  readonly isReady: () => Promise<boolean>
  /** How often a watcher's truth is looked at again. */
  readonly watchIntervalMs: number
}

export interface HealthHandlers extends UntypedServiceImplementation {
  readonly check: handleUnaryCall<HealthCheckRequest | Unreadable, HealthCheckResponse>
  readonly watch: handleServerStreamingCall<HealthCheckRequest | Unreadable, HealthCheckResponse>
}

const SERVED: ReadonlySet<string> = new Set(['', AUTHORIZATION_SERVICE_NAME, EXT_MCP_SERVICE_NAME])
/** A gateway watches once per worker; more are strangers holding sockets. */
const MAX_WATCHERS = 256

export function healthHandlers({ isReady, watchIntervalMs }: HealthDeps): { readonly handlers: HealthHandlers; close(): void } {
  const watchers = new Set<() => void>()

  const present = async (service: string): Promise<Status> => {
    if (!SERVED.has(service)) return Status.SERVICE_UNKNOWN
    const ready = await isReady().catch(() => false)
    return ready ? Status.SERVING : Status.NOT_SERVING
  }

  const watch = (call: ServerWritableStream<HealthCheckRequest | Unreadable, HealthCheckResponse>, service: string): void => {
    let last: Status | undefined
    const look = async (): Promise<void> => {
      const now = await present(service)
      if (now === last || !watchers.has(stop)) return
      last = now
      call.write(reply(now))
    }
    const timer = setInterval(() => void look(), watchIntervalMs).unref()
    const stop = (): void => {
      clearInterval(timer)
      watchers.delete(stop)
    }
    watchers.add(stop)
    call.on('cancelled', stop)
    call.on('error', stop)
    call.on('close', stop)
    void look()
  }

  return {
    handlers: {
      check: (call, answer) => {
        const service = nameIn(call.request)
        present(service).then(
          (now) => {
            if (now === Status.SERVICE_UNKNOWN) answer({ code: status.NOT_FOUND, details: 'unknown service' })
            else answer(null, reply(now))
          },
          () => answer(null, reply(Status.NOT_SERVING)),
        )
      },
      watch: (call) => {
        if (watchers.size >= MAX_WATCHERS) call.emit('error', { code: status.RESOURCE_EXHAUSTED, details: 'too many watchers' })
        else watch(call, nameIn(call.request))
      },
    },
    close: () => {
      for (const stop of watchers) stop()
    },
  }
}

/** Unreadable is a service nobody has. */
function nameIn(request: HealthCheckRequest | Unreadable): string {
  return request === UNREADABLE ? 'unreadable' : request.service
}

function reply(now: Status): HealthCheckResponse {
  return create(HealthCheckResponseSchema, { status: now })
}
