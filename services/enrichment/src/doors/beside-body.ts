// How much of a gRPC request is something else than the body it carries: headers, metadata, static context. A body is only pointed at where it comes as bytes, but a
// million headers take seconds to read, and whoever reaches the port can send them. Looks at lengths alone, and no further than its limit. Decodes nothing.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import type { MethodDefinition } from '@grpc/grpc-js'
import { UNREADABLE } from '@bailiwick/wire'
import type { Unreadable } from '@bailiwick/wire'

/** Where the body is: the numbers of the fields that lead to it, and its own. */
export interface BodyPlace {
  readonly path: readonly number[]
  readonly fields: readonly number[]
}

/** attributes.request.http.body and raw_body. */
export const CHECK_REQUEST_BODY: BodyPlace = { path: [1, 4, 2], fields: [11, 12] }
/** mcp_request, mcp_response. */
export const MCP_BODY: BodyPlace = { path: [], fields: [4] }

/** Four times what Envoy takes of headers by default. */
export const MAX_BESIDE_BODY = 256 * 1024

/** The same method for a server: a request with more beside its body is unreadable, and is refused like one whose bytes are no message. */
export function boundedBesideBody<Request, Response>(
  method: MethodDefinition<Request | Unreadable, Response>,
  place: BodyPlace,
): MethodDefinition<Request | Unreadable, Response> {
  return { ...method, requestDeserialize: (bytes) => (isBounded(bytes, place) ? method.requestDeserialize(bytes) : UNREADABLE) }
}

function isBounded(bytes: Uint8Array, { path, fields }: BodyPlace): boolean {
  if (bytes.length <= MAX_BESIDE_BODY) return true
  try {
    return besideBody(new BinaryReader(bytes), bytes.length, path, fields, MAX_BESIDE_BODY) >= 0
  } catch {
    // No message at all: the decoder would say so too.
    return false
  }
}

/** What is left of `allowed` at `end`; negative, and no further looked at, where it is not enough. */
function besideBody(reader: BinaryReader, end: number, path: readonly number[], fields: readonly number[], allowed: number): number {
  const [next, ...rest] = path
  let left = allowed
  while (reader.pos < end && left >= 0) {
    const from = reader.pos
    const [field, type] = reader.tag()
    if (next !== undefined && field === next && type === WireType.LengthDelimited) {
      const length = reader.uint32()
      left = besideBody(reader, reader.pos + length, rest, fields, left)
    } else {
      reader.skip(type)
      const isBody = next === undefined && fields.includes(field)
      if (!isBody) left -= reader.pos - from
    }
  }
  return left
}
