// Unary gRPC calls as plain HTTP/2 frames on one connection: written whole from bytes made beforehand, read no further than their own answers. For
// measuring only: it expects a peer that keeps to RFC 9113, and knows no headers but a status it looks for.
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface FrameConnection {
  /** A request made by {@link toFrames}. `done`: the message of the answer, or a few words in place of one. Once per call. */
  call(request: Frames, done: (answer: Buffer | string) => void): void
  close(): void
}

/** The header block and the length-prefixed message of one request. */
export interface Frames {
  readonly headers: Buffer
  readonly body: Buffer
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const FRAME_HEADER = 9
const MESSAGE_PREFIX = 5
/** Of a peer that said nothing else (RFC 9113, 6.5.2). */
const DEFAULT_WINDOW = 65_535
/** No peer takes less, and ours is not asked for more. */
const MAX_FRAME = 16_384
const LARGEST_WINDOW = 2 ** 31 - 1
const DATA = 0
const HEADERS = 1
const RST_STREAM = 3
const SETTINGS = 4
const PING = 6
const GOAWAY = 7
const WINDOW_UPDATE = 8
const END_STREAM = 1
const ACK = 1
const END_HEADERS = 4
const HEADER_TABLE_SIZE = 1
const ENABLE_PUSH = 2
const INITIAL_WINDOW_SIZE = 4

/** `grpc-status` in HPACK's Huffman code, as every server writes it; one or two digits are never shorter coded, so they follow as they are. */
const STATUS_NAME = Buffer.from('9acac8b21234da8f', 'hex')

/** Header fields in order, pseudo-headers first. Each is written out in full: no state is shared with the peer. */
export function toFrames(headers: readonly (readonly [string, string])[], message: Uint8Array): Frames {
  const block = Buffer.concat(headers.flatMap(([name, value]) => [Buffer.of(0), hpackText(name), hpackText(value)]))
  if (block.length > MAX_FRAME) throw new RangeError('more headers than one frame holds')
  const body = Buffer.alloc(MESSAGE_PREFIX + message.length)
  body.writeUInt32BE(message.length, 1)
  body.set(message, MESSAGE_PREFIX)
  return { headers: block, body }
}

/** A string literal, not Huffman coded (RFC 7541, 5.2). */
function hpackText(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  const length = [Math.min(bytes.length, 127)]
  if (bytes.length >= 127) {
    let rest = bytes.length - 127
    for (; rest >= 128; rest = Math.floor(rest / 128)) length.push(128 + (rest % 128))
    length.push(rest)
  }
  return Buffer.concat([Buffer.from(length), bytes])
}

interface OpenCall {
  readonly done: (answer: Buffer | string) => void
  readonly body: Buffer
  /** How much of the body has left. */
  sent: number
  window: number
  readonly parts: Buffer[]
}

export function openFrames(host: string, port: number): Promise<FrameConnection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      socket.write(
        Buffer.concat([
          PREFACE,
          settings([HEADER_TABLE_SIZE, 0], [ENABLE_PUSH, 0], [INITIAL_WINDOW_SIZE, LARGEST_WINDOW]),
          windowUpdate(LARGEST_WINDOW - DEFAULT_WINDOW),
        ]),
      )
      resolve(speak(socket))
    })
  })
}

function speak(socket: Socket): FrameConnection {
  const open = new Map<number, OpenCall>()
  let nextStream = 1
  let window = DEFAULT_WINDOW
  let firstWindow = DEFAULT_WINDOW
  let received = 0
  let rest: Buffer = Buffer.alloc(0)
  let ended: string | undefined

  const end = (why: string): void => {
    ended ??= why
    for (const stream of open.keys()) finish(stream, why)
    socket.destroy()
  }
  const finish = (stream: number, answer: Buffer | string): void => {
    const call = open.get(stream)
    if (call === undefined || !open.delete(stream)) return
    call.done(answer)
  }
  /** As much of a body as both windows have room for. */
  const bodyFrames = (stream: number, call: OpenCall): readonly Buffer[] => {
    const frames: Buffer[] = []
    while (call.sent < call.body.length) {
      const length = Math.min(call.body.length - call.sent, MAX_FRAME, window, call.window)
      if (length <= 0) break
      window -= length
      call.window -= length
      const part = call.body.subarray(call.sent, call.sent + length)
      call.sent += length
      frames.push(frameHeader(length, DATA, call.sent === call.body.length ? END_STREAM : 0, stream), part)
    }
    return frames
  }
  const sendMore = (): void => {
    for (const [stream, call] of open) if (call.sent < call.body.length) for (const frame of bodyFrames(stream, call)) socket.write(frame)
  }
  const onFrame = (type: number, flags: number, stream: number, payload: Buffer): void => {
    switch (type) {
      case DATA: {
        received += payload.length
        const call = open.get(stream)
        call?.parts.push(payload)
        if ((flags & END_STREAM) !== 0) finish(stream, 'no status')
        if (received > LARGEST_WINDOW / 2) {
          socket.write(windowUpdate(received))
          received = 0
        }
        return
      }
      case HEADERS:
        if ((flags & END_STREAM) !== 0) finish(stream, answerOf(open.get(stream)?.parts ?? [], payload))
        return
      case RST_STREAM:
        return finish(stream, 'stream reset')
      case SETTINGS:
        if ((flags & ACK) !== 0) return
        for (let at = 0; at + 6 <= payload.length; at += 6) {
          if (payload.readUInt16BE(at) !== INITIAL_WINDOW_SIZE) continue
          const value = payload.readUInt32BE(at + 2)
          for (const call of open.values()) call.window += value - firstWindow
          firstWindow = value
        }
        socket.write(frameHeader(0, SETTINGS, ACK, 0))
        return sendMore()
      case PING:
        if ((flags & ACK) === 0) socket.write(Buffer.concat([frameHeader(8, PING, ACK, 0), payload]))
        return
      case GOAWAY:
        return end('goaway')
      case WINDOW_UPDATE: {
        const more = payload.readUInt32BE(0)
        const call = open.get(stream)
        if (stream === 0) window += more
        else if (call !== undefined) call.window += more
        return sendMore()
      }
    }
  }
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (rest.length - at >= FRAME_HEADER) {
      const length = rest.readUIntBE(at, 3)
      if (rest.length - at < FRAME_HEADER + length) break
      const payload = rest.subarray(at + FRAME_HEADER, at + FRAME_HEADER + length)
      onFrame(rest.readUInt8(at + 3), rest.readUInt8(at + 4), rest.readUInt32BE(at + 5) & LARGEST_WINDOW, payload)
      at += FRAME_HEADER + length
    }
    rest = rest.subarray(at)
  })
  socket.on('error', (error) => end(error.message))
  socket.on('close', () => end('connection closed'))

  return {
    call(request, done) {
      if (ended !== undefined) return done(ended)
      const stream = nextStream
      nextStream += 2
      const call: OpenCall = { done, body: request.body, sent: 0, window: firstWindow, parts: [] }
      open.set(stream, call)
      const { headers } = request
      socket.write(Buffer.concat([frameHeader(headers.length, HEADERS, END_HEADERS, stream), headers, ...bodyFrames(stream, call)]))
    },
    close: () => end('closed'),
  }
}

/** Its message, where the status is 0 and there is one whole message; a refusal of the transport by its number. */
function answerOf(parts: readonly Buffer[], trailers: Buffer): Buffer | string {
  const name = trailers.indexOf(STATUS_NAME)
  const at = name === -1 ? -1 : name + STATUS_NAME.length
  const status = at === -1 ? 'unknown' : trailers.toString('latin1', at + 1, at + 1 + (trailers[at] ?? 0))
  if (status !== '0') return `grpc ${status}`
  const body = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
  if (body.length < MESSAGE_PREFIX || body[0] !== 0 || body.readUInt32BE(1) !== body.length - MESSAGE_PREFIX) return 'not one message'
  return body.subarray(MESSAGE_PREFIX)
}

function frameHeader(length: number, type: number, flags: number, stream: number): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER)
  bytes.writeUIntBE(length, 0, 3)
  bytes.writeUInt8(type, 3)
  bytes.writeUInt8(flags, 4)
  bytes.writeUInt32BE(stream, 5)
  return bytes
}

function settings(...values: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(values.length * 6)
  for (const [place, [id, value]] of values.entries()) {
    payload.writeUInt16BE(id, place * 6)
    payload.writeUInt32BE(value, place * 6 + 2)
  }
  return Buffer.concat([frameHeader(payload.length, SETTINGS, 0, 0), payload])
}

function windowUpdate(by: number): Buffer {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(by)
  return Buffer.concat([frameHeader(4, WINDOW_UPDATE, 0, 0), payload])
}
