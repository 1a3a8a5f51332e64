// Mutations of the written document: encoding, what stands before and behind it, single bytes.
import type { Random } from '../random.ts'
import { TAILS } from './fragments.ts'

type Mutation = (body: Buffer, random: Random) => Buffer

export function mutateBytes(body: Buffer, random: Random): Buffer {
  return random.pick(MUTATIONS)(body, random)
}

/** Never UTF-8: overlong, surrogate halves, beyond U+10FFFF, cut off, stray. */
const INVALID: readonly (readonly number[])[] = [
  [0xc0, 0xaf],
  [0xe0, 0x80, 0xaf],
  [0xed, 0xa0, 0x80],
  [0xed, 0xb0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
  [0x80],
  [0xff],
  [0xfe],
]
const CHARACTERS = '"\\{}[],:0123456789eE+-.tfn/u \t\n\u0000'

const splice = (body: Buffer, at: number, removed: number, put: Uint8Array): Buffer => Buffer.concat([body.subarray(0, at), put, body.subarray(at + removed)])

const MUTATIONS: readonly Mutation[] = [
  (body) => Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), body]),
  (body) => Buffer.from(body.toString('utf8'), 'utf16le'),
  (body, random) => splice(body, random.below(body.length + 1), 0, Uint8Array.from(random.pick(INVALID))),
  (body, random) => Buffer.concat([body, Buffer.from(random.pick(TAILS))]),
  (body, random) => Buffer.concat([Buffer.from(random.pick(TAILS)), body]),
  (body, random) => splice(body, random.below(body.length + 1), random.below(4), Buffer.alloc(0)),
  (body, random) => splice(body, random.below(body.length + 1), 0, Buffer.from(CHARACTERS[random.below(CHARACTERS.length)] ?? '')),
  (body, random) => splice(body, random.below(body.length), 1, Uint8Array.of(random.below(256))),
  (body, random) => body.subarray(0, random.below(body.length + 1)),
  (body, random) => {
    const from = random.below(body.length)
    const piece = body.subarray(from, from + random.below(24))
    return splice(body, random.below(body.length + 1), 0, piece)
  },
]
