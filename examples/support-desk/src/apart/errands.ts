// How the program that plays the story asks people to act: over a Unix socket in a volume both share. It stands for a person at a screen, and so it is
// not a network: what an agent's network leads to stays what the story shows it to be. Knows nobody's keys.
import { rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { BailiwickDenied, denialOf } from '@bailiwick/client'
import type { BailiwickDenial } from '@bailiwick/client'
import { z } from 'zod'

export type Errand = (input: unknown) => Promise<unknown>

type Answer = { readonly value: unknown } | { readonly denied: Omit<BailiwickDenial, 'decisionId'> } | { readonly failed: string }

const answered = z.union([
  z.strictObject({ failed: z.string() }),
  z.strictObject({ denied: z.looseObject({ reason: z.string(), message: z.string(), retryable: z.boolean() }) }),
  z.strictObject({ value: z.unknown() }),
])

/** Serves until it is closed. A refusal of Bailiwick's travels as one. */
export async function serveErrand(socket: string, errand: Errand): Promise<{ close(): void }> {
  const run = async (message: IncomingMessage): Promise<Answer> => {
    try {
      return { value: await errand(JSON.parse(Buffer.concat(await message.toArray()).toString('utf8'))) }
    } catch (error) {
      const denied = denialOf(error)
      return denied === undefined ? { failed: error instanceof Error ? error.message : 'failed' } : { denied }
    }
  }
  const server = createServer((message, response) => {
    void run(message).then((answer) => response.end(JSON.stringify(answer)))
  })
  // Of an earlier run that could not tidy up.
  rmSync(socket, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, resolve)
  })
  return { close: () => void server.close() }
}

/** Rejects with `BailiwickDenied` where the errand was refused. */
export async function runErrand(socket: string, input: unknown): Promise<unknown> {
  const answer = answered.parse(JSON.parse(await post(socket, JSON.stringify(input))))
  if ('denied' in answer) throw new BailiwickDenied(answer.denied)
  if ('failed' in answer) throw new Error(answer.failed)
  return answer.value
}

function post(socketPath: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: '/', method: 'POST' }, (response) => {
      response.toArray().then((chunks: readonly Buffer[]) => resolve(Buffer.concat(chunks).toString('utf8')), reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
