// A grpc-js method from protobuf-es messages. Serializers return a Buffer, which grpc-js needs. No network, no handlers.
import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { MethodDefinition } from '@grpc/grpc-js'

/**
 * What a server's handler gets in place of a request whose bytes are no such message. A deserializer that threw would make grpc-js
 * answer with a gRPC error, which gateways may take as a reason to let the call pass; a handler can answer with a decision.
 */
export const UNREADABLE: unique symbol = Symbol('unreadable message')
export type Unreadable = typeof UNREADABLE

/** A CheckRequest has at most 6 levels outside metadata; a Struct takes 3 per level of JSON. Deeper is unreadable. */
const MAX_MESSAGE_DEPTH = 100
const READ_OPTIONS = { readUnknownFields: false, recursionLimit: MAX_MESSAGE_DEPTH }

export interface MethodShape<Request extends DescMessage, Response extends DescMessage> {
  readonly path: string
  readonly request: Request
  readonly response: Response
  readonly responseStream: boolean
}

export type Method<Request extends DescMessage, Response extends DescMessage> = MethodDefinition<MessageShape<Request> | Unreadable, MessageShape<Response>>

/**
 * The definition serves both sides. A server's handler must expect {@link UNREADABLE}; a client that gets an unreadable response
 * gets the error from grpc-js.
 */
export function defineMethod<Request extends DescMessage, Response extends DescMessage>(shape: MethodShape<Request, Response>): Method<Request, Response> {
  return {
    path: shape.path,
    requestStream: false,
    responseStream: shape.responseStream,
    requestSerialize: (message) => {
      if (message === UNREADABLE) throw new TypeError('an unreadable message cannot be sent')
      return encode(shape.request, message)
    },
    requestDeserialize: (bytes) => {
      try {
        return fromBinary(shape.request, bytes, READ_OPTIONS)
      } catch {
        return UNREADABLE
      }
    },
    responseSerialize: (message) => encode(shape.response, message),
    responseDeserialize: (bytes) => fromBinary(shape.response, bytes, READ_OPTIONS),
  }
}

/** A message made by `create`, as a Buffer over the same memory. */
function encode<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Buffer {
  const bytes = toBinary(schema, message)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A request's bytes from plain fields, for tests and probes. */
export function encodeMessage<Desc extends DescMessage>(schema: Desc, fields: MessageInitShape<Desc>): Buffer {
  return encode(schema, create(schema, fields))
}
