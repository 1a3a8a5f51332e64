// docker-compose.apart.yml run, by Docker or Podman (`--engine`): each service a container, TLS between all of them, Debian's Redis. An agent boots from its network, a gateway
// asks from another, an operator revokes inside control's container.
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { openApartHouse } from '../containers/apart-house.ts'
import type { ApartHouse } from '../containers/apart-house.ts'
import { command, must } from '../containers/command.ts'
import type { Engine } from '../containers/engine.ts'
import { describeContainers, findContainers } from '../containers/find-containers.ts'
import { openGroup } from '../containers/group.ts'
import type { Group } from '../containers/group.ts'
import { provideRedis } from '../containers/images.ts'
import { definePeer } from '../define-peer.ts'

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))
const IMAGE = 'bailiwick:0.1.0'
const BUILD_MS = 550_000
const CASE_MS = 180_000
const NODES = ['control', 'token-exchange', 'enrichment-1', 'enrichment-2'] as const

interface Peer {
  readonly engine: Engine
  readonly redisImage: string
}

/** Posts standard input, `{url, headers, body}`, and tells what was answered. */
const POST = `
  const { url, headers, body } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
    .then(async (response) => console.log(JSON.stringify({ status: response.status, body: await response.json() })), (error) => console.log(JSON.stringify({ status: 0, body: { why: String(error.cause?.code ?? error) } })))
`
const answer = z.object({ status: z.number(), body: z.record(z.string(), z.unknown()) })
type Answer = z.infer<typeof answer>

await definePeer<Peer>(import.meta.url, {
  find: async () => {
    const found = await findContainers(undefined)
    if ('skipped' in found) return found
    const redis = await provideRedis(found.engine.program, found.names.node)
    return {
      peer: { engine: found.engine, redisImage: redis.image },
      version: describeContainers(found, [...found.standIns, `Redis ${redis.version} of Debian`]),
    }
  },
  cases: ({ engine, redisImage }) => {
    const { program } = engine
    let house: ApartHouse | undefined
    let group: Group | undefined
    beforeAll(async () => {
      await must(program, ['build', '--quiet', '--network', 'host', '--target', 'bailiwick', '--tag', IMAGE, ROOT], { timeoutMs: BUILD_MS })
      house = await openApartHouse(redisImage, new URL('../../../../docs/runbook.md', import.meta.url))
      group = await openGroup({ engine, file: 'docker-compose.apart.yml', name: 'apart', profiles: [], env: house.env })
    }, BUILD_MS + CASE_MS)
    afterAll(async () => {
      await group?.close()
      house?.close()
    })

    const running = (): { readonly group: Group; readonly house: ApartHouse } => {
      if (group === undefined || house === undefined) throw new Error('the group did not start')
      return { group, house }
    }
    /** From a container of its own on that network, which trusts the authority. */
    const post = async (network: string, url: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => {
      const at = running()
      const trusted = ['--volume', `${at.house.env['BAILIWICK_TLS_DIR']}/ca.crt:/ca.crt:ro`, '--env', 'NODE_EXTRA_CA_CERTS=/ca.crt']
      const said = await must(
        program,
        ['run', '--rm', '--interactive', '--network', `${at.group.project}_${network}`, ...trusted, '--entrypoint', 'node', IMAGE, '-e', POST],
        { timeoutMs: CASE_MS, input: JSON.stringify({ url, headers, body }) },
      )
      return answer.parse(JSON.parse(said))
    }
    const boot = async (): Promise<{ readonly taskId: string; readonly token: string }> => {
      const { svid } = running().house
      const { status, body } = await post('agents', 'https://token-exchange:8420/oauth2/token-batch', {
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe',
        client_assertion: await svid(),
        subject_token: await svid(),
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        items: 'all',
      })
      expect({ status, body }).toMatchObject({ status: 200, body: { items: [{ resource_name: 'tickets' }] } })
      const { task_id: taskId, items } = z.object({ task_id: z.string(), items: z.array(z.object({ access_token: z.string() })) }).parse(body)
      return { taskId, token: items[0]?.access_token ?? '' }
    }
    const decide = (node: string, token: string, name = 'ticket_get'): Promise<Answer> =>
      post(
        'gateways',
        `https://${node}:8421/v1/decide`,
        { resource: 'tickets', token, mcp: { method: 'tools/call', params: { name, arguments: { ticket_id: 'T-1' } }, version: '2025-06-18' } },
        { 'x-bailiwick-gateway-key': running().house.gatewayKey },
      )
    const atControl = (...args: readonly string[]): Promise<string> =>
      must(program, ['exec', running().group.container('control'), 'bailiwick', ...args], { timeoutMs: CASE_MS })

    it('allows at both enrichments what an agent booted from its own network may do, and denies at both what it may not', { timeout: CASE_MS }, async () => {
      const { token } = await boot()
      for (const node of ['enrichment-1', 'enrichment-2']) {
        expect(await decide(node, token)).toMatchObject({ status: 200, body: { effect: 'allow' } })
        expect(await decide(node, token, 'ticket_comment')).toMatchObject({ status: 200, body: { effect: 'deny' } })
        expect(await decide(node, `${token.slice(0, -4)}AAAA`)).toMatchObject({ status: 200, body: { effect: 'deny', reason: 'token_invalid' } })
      }
    })

    it(
      'lets an operator revoke inside the container of control; both enrichments deny, and every node is seen to have read it',
      { timeout: CASE_MS },
      async () => {
        const { taskId, token } = await boot()
        for (const node of ['enrichment-1', 'enrichment-2']) expect(await decide(node, token)).toMatchObject({ body: { effect: 'allow' } })
        const said = await atControl('revoke', 'task', taskId, '--reason', 'test', '--no-hold', '--wait', '--json')
        expect(JSON.parse(said)).toMatchObject({ status: 'confirmed', durability: 'local' })
        for (const node of ['enrichment-1', 'enrichment-2'])
          expect(await decide(node, token)).toMatchObject({ body: { effect: 'deny', reason: 'task_revoked' } })
        const shown: unknown = JSON.parse(await atControl('revocation', 'show', z.object({ id: z.string() }).parse(JSON.parse(said)).id, '--json'))
        expect(shown).toMatchObject({ nodes: NODES.map((id) => ({ id, confirmed: true })) })
      },
    )

    it('ships what every node decided to control', { timeout: CASE_MS }, async () => {
      const { token } = await boot()
      for (const node of ['enrichment-1', 'enrichment-2']) {
        const { body } = await decide(node, token)
        const records = async (): Promise<unknown> => {
          const { ok, text } = await command(program, [
            'exec',
            running().group.container('control'),
            'bailiwick',
            'decisions',
            'show',
            String(body['decision_id']),
            '--json',
          ])
          return ok ? JSON.parse(text) : undefined
        }
        await expect.poll(records, { timeout: 30_000, interval: 1000 }).toMatchObject({ items: [{ node, reported_by: node, effect: 'allow' }] })
      }
    })

    it('leads agents to token-exchange and gateways to the enrichments, and neither anywhere else', { timeout: CASE_MS }, async () => {
      const reached = async (network: string, at: string): Promise<boolean> => (await post(network, `https://${at}/`, {})).status !== 0
      expect(await reached('agents', 'token-exchange:8420')).toBe(true)
      for (const at of ['control:8422', 'enrichment-1:8421', 'redis:6379']) expect(await reached('agents', at), `agents ${at}`).toBe(false)
      expect(await reached('gateways', 'enrichment-1:8421')).toBe(true)
      for (const at of ['control:8422', 'token-exchange:8420', 'redis:6379']) expect(await reached('gateways', at), `gateways ${at}`).toBe(false)
    })

    it('runs everybody as somebody who is not root, without capabilities, on a root file system nobody can write to', { timeout: CASE_MS }, async () => {
      const told = '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}}'
      for (const name of running().group.services)
        expect(await must(program, ['inspect', '--format', told, running().group.container(name)]), name).toMatch(
          /^10001:10001 true \[.+\] \[no-new-privileges.*\]$/,
        )
    })

    it('denies while the store is gone, and allows again by itself when it is back', { timeout: CASE_MS }, async () => {
      const { token } = await boot()
      await must(program, ['stop', '-t', '1', running().group.container('redis')])
      expect(await decide('enrichment-1', token)).toMatchObject({ body: { effect: 'deny', reason: 'state_unavailable' } })
      await must(program, ['start', running().group.container('redis')])
      await expect.poll(async () => (await decide('enrichment-1', token)).body['effect'], { timeout: 60_000, interval: 1000 }).toBe('allow')
    })
  },
})
