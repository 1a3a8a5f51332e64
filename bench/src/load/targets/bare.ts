// The floors: what a decision and an exchange would cost if they were nothing but their unavoidable parts, called as any application would.
import { GRPC } from '@cerbos/grpc'
import type { CheckResourcesRequest } from '@cerbos/core'
import { generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { REFUND, TICKET } from '../../house/mcp-call.ts'
import type { Supplies } from '../../house/supplies.ts'
import type { Target } from '../target.ts'

/** One `checkResources` with the facts a decision hands over, and nothing of ours around it. */
export function cerbosTarget({ cerbosAddress }: Supplies): Target {
  const client = new GRPC(cerbosAddress, { tls: false })
  return {
    operation: (_n, done) => {
      client.checkResources(QUESTION).then(
        (answer) => done(answer.results[0]?.allAllowed() === true ? undefined : 'denied'),
        (error: unknown) => done(error instanceof Error ? error.message.slice(0, 64) : 'failed'),
      )
    },
    close: async () => client.close(),
  }
}

/** Shaped like what the decision rows ask (docs/policies.md), so that the decision point works as hard for it. */
export const QUESTION: CheckResourcesRequest = {
  principal: {
    id: 'corp:alice',
    roles: ['user', 'tier-1-support'],
    attr: {
      kind: 'user',
      profile: { department: 'support', refund_limit_cents: 5_000, name: 'Alice' },
      profile_meta: { directory: { age_ms: 1_200, stale: false } },
      actor: { id: 'client:refund-agent', kind: 'agent', chain: ['client:refund-agent'] },
      agent: { id: 'client:refund-agent', name: 'Refund agent', harness: 'bench', harness_version: '1', declared: true },
      task: {
        id: 'task_0198f2b1-7c31-7a4e-9b0e-5b1f0c1e2f1a',
        state: 'active',
        binding_source: 'launcher',
        purpose: 'refund',
        binding: { ticket_id: TICKET },
        depth: 0,
        expires_at: 4_102_444_800,
      },
      token: { client_id: 'refund-agent', scope: [], proof: 'none' },
    },
  },
  resources: [
    {
      resource: { kind: 'mcp:payments', id: 'refund_issue', attr: { tool: 'refund_issue', arguments: { ...REFUND } } },
      actions: ['tools/list/refund_issue', 'tools/call/refund_issue'],
    },
  ],
}

/** One ES256 verification and one ES256 signature by jose. */
export async function cryptoTarget(): Promise<Target> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const payload = {
    sub: 'corp:alice',
    aud: 'https://payments.example.com/mcp',
    client_id: 'refund-agent',
    task_id: 'task_0198f2b1-7c31-7a4e-9b0e-5b1f0c1e2f1a',
  }
  const sign = (): Promise<string> =>
    new SignJWT(payload).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' }).setIssuedAt().setExpirationTime('10m').sign(privateKey)
  const token = await sign()
  return {
    operation: (_n, done) => {
      jwtVerify(token, publicKey, { algorithms: ['ES256'] })
        .then(sign)
        .then(
          () => done(undefined),
          () => done('failed'),
        )
    },
    close: async () => {},
  }
}

/** Nothing at all: what the loop itself costs, taken off the rows that run inside the generator. */
export function idleTarget(): Target {
  return { operation: (_n, done) => setImmediate(done, undefined), close: async () => {} }
}
