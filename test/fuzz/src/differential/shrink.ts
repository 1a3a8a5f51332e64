// A finding made small: bytes are taken out of the body, large pieces first, as long as somebody still disagrees.
import type { Judge } from './judge.ts'
import type { Parser } from './parser.ts'
import { compareAll } from './run-differential.ts'
import type { Finding } from './run-differential.ts'

export async function shrink(finding: Finding, judge: Judge, parsers: readonly Parser[]): Promise<Finding> {
  let smallest = finding
  for (let piece = Math.ceil(finding.request.body.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let again = true; again;) {
      const { request } = smallest
      const { body } = request
      const tries = Array.from({ length: body.length }, (_, at) => ({ ...request, body: Buffer.concat([body.subarray(0, at), body.subarray(at + piece)]) }))
      const { findings } = await compareAll(tries, judge, parsers)
      const [first] = findings
      again = first !== undefined && first.request.body.length < body.length
      if (first !== undefined && again) smallest = first
    }
  }
  return smallest
}
