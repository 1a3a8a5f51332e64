// A gRPC request that is too large to be taken apart where every other decision is made: its handler gets the bytes. Decodes nothing.
import type { MethodDefinition } from '@grpc/grpc-js'

export class Large {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

export function isLarge(request: unknown): request is Large {
  return request instanceof Large
}

/** The same method for a server, whose handler is given requests of more than `above` bytes as they came. */
export function largeAsBytes<Request, Response>(method: MethodDefinition<Request, Response>, above: number): MethodDefinition<Request | Large, Response> {
  return {
    ...method,
    requestSerialize: () => {
      throw new TypeError('a server sends no requests')
    },
    requestDeserialize: (bytes) => (bytes.length > above ? new Large(bytes) : method.requestDeserialize(bytes)),
  }
}
