// One unary call over real gRPC, on a connection of its own. Rejects on a gRPC error.
import { Client, Metadata, credentials } from '@grpc/grpc-js'
import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import type { Method } from '@bailiwick/wire'

/** `request`: a message, or bytes that may be none. */
export async function askUnary<Request extends DescMessage, Response extends DescMessage>(
  address: string,
  method: Method<Request, Response>,
  request: MessageShape<Request> | Buffer,
  key: string,
): Promise<MessageShape<Response>> {
  const metadata = new Metadata()
  if (key !== '') metadata.add('x-bailiwick-gateway-key', key)
  const client = new Client(address, credentials.createInsecure())
  const { promise, resolve, reject } = Promise.withResolvers<MessageShape<Response>>()
  client.makeUnaryRequest(
    method.path,
    (message: MessageShape<Request> | Buffer) => (Buffer.isBuffer(message) ? message : method.requestSerialize(message)),
    method.responseDeserialize,
    request,
    metadata,
    (error, response) => {
      if (error !== null || response === undefined) reject(error ?? new Error('no response'))
      else resolve(response)
    },
  )
  return await promise.finally(() => client.close())
}
