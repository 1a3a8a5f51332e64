// The Dockerfile built and docker-compose.yml run, profile `desk`: the story with a container for each program, who can reach whom, and what is answered while
// Bailiwick stands still or has died. By Docker or Podman (`--engine`); images are pulled where they can be, else made of the same programs (containers/images.ts).
import { randomBytes } from 'node:crypto'
import { BlockList } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { findAgentgateway } from '../../../../examples/support-desk/src/gateway/agentgateway.ts'
import { must } from '../containers/command.ts'
import { describeContainers, findContainers } from '../containers/find-containers.ts'
import type { Engine } from '../containers/engine.ts'
import { openGroup } from '../containers/group.ts'
import type { Group } from '../containers/group.ts'
import { definePeer } from '../define-peer.ts'

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))
const OURS = ['bailiwick', 'demo'] as const
const imageOf = (target: (typeof OURS)[number]): string => (target === 'demo' ? 'bailiwick-demo:0.1.0' : 'bailiwick:0.1.0')
const BUILD_MS = 550_000
const CASE_MS = 180_000

/** Tells how each `host=port` of its arguments answers, as JSON. */
const REACH = `
  const { connect } = require('node:net')
  const ask = (host, port) => new Promise((tell) => {
    const socket = connect({ host, port, timeout: 2000 })
    socket.on('connect', () => { socket.destroy(); tell('open') })
    socket.on('timeout', () => { socket.destroy(); tell('no answer') })
    socket.on('error', (error) => tell(error.code))
  })
  Promise.all(process.argv.slice(1).map(async (at) => [at, await ask(...at.split('='))])).then((all) => console.log(JSON.stringify(Object.fromEntries(all))))
`

/** The addresses of the machine the engine runs on, as JSON. */
const ADDRESSES = `
  const all = Object.values(require('node:os').networkInterfaces()).flat()
  console.log(JSON.stringify(all.filter(({ family }) => family === 'IPv4').map(({ address }) => address)))
`

/** What the kernel says of a process, as JSON. */
const PROCESS = `
  const { readFileSync } = require('node:fs')
  const status = readFileSync('/proc/' + process.argv[1] + '/status', 'utf8')
  const said = ['Uid', 'CapEff', 'CapBnd', 'NoNewPrivs'].map((name) => [name, new RegExp('^' + name + ':\\\\s+(\\\\S+)', 'm').exec(status)?.[1]])
  const root = readFileSync('/proc/' + process.argv[1] + '/mountinfo', 'utf8').split('\\n').map((line) => line.split(' ')).find((parts) => parts[4] === '/')
  console.log(JSON.stringify({ ...Object.fromEntries(said), root: root?.[5]?.split(',')[0] }))
`
const NONE = '0000000000000000'
/** What a gateway answers that got no answer to its question in time. */
const UNASKED = { envoy: '403', agentgateway: '403' } as const

/** A call without a token, from an agent: the status of the answer, or why there was none. */
const CALL = `
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })
  fetch('https://gateway.example.internal:8443/payments/mcp', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    .then((response) => console.log(response.status), (error) => console.log(error.cause?.code ?? error))
`

/** Ends Bailiwick as the kernel would for want of memory: nothing of it is asked first. */
const KILL = `
  const { readdirSync, readFileSync } = require('node:fs')
  for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)))
    if (readFileSync('/proc/' + pid + '/cmdline', 'utf8').split('\\0').includes('/app/packages/cli/src/main.ts')) process.kill(Number(pid), 'SIGKILL')
`

interface Peer {
  readonly engine: Engine
  readonly gateways: readonly ('envoy' | 'agentgateway')[]
}

await definePeer<Peer>(import.meta.url, {
  find: async () => {
    const agentgateway = findAgentgateway(process.env)
    const found = await findContainers(agentgateway)
    if ('skipped' in found) return found
    return {
      peer: { engine: found.engine, gateways: agentgateway === undefined ? ['envoy'] : ['envoy', 'agentgateway'] },
      version: describeContainers(found, found.standIns),
    }
  },
  cases: ({ engine, gateways }) => {
    const { program } = engine
    it.each(OURS)('builds the target %s of the Dockerfile', { timeout: BUILD_MS }, async (target) => {
      await must(program, ['build', '--quiet', '--network', 'host', '--target', target, '--tag', imageOf(target), ROOT], { timeoutMs: BUILD_MS })
    })

    it('plays the story in one container without any network', { timeout: CASE_MS }, async () => {
      const hardened = ['--network', 'none', '--read-only', '--cap-drop', 'ALL', '--tmpfs', '/tmp:mode=1777']
      const said = await must(program, ['run', '--rm', ...hardened, imageOf('demo')], { timeoutMs: CASE_MS })
      expect(said).toMatch(/\d+ steps, \d+ of them denied, all as expected\. No denied call reached its server\.$/)
    })

    describe.each(gateways)('behind %s', (gateway) => {
      let group: Group | undefined
      beforeAll(async () => {
        group = await openGroup({
          engine,
          file: 'docker-compose.yml',
          name: gateway,
          profiles: ['desk', gateway],
          envFile: 'examples/support-desk/compose.env',
          env: { BAILIWICK_GATEWAY_KEY: randomBytes(32).toString('hex'), DESK_GATEWAY: gateway },
          last: 'desk-story',
        })
      })
      afterAll(() => group?.close())

      const running = (): Group => {
        if (group === undefined) throw new Error('the group did not start')
        return group
      }
      const inspect = (service: string, format: string): Promise<string> => must(program, ['inspect', '--format', format, running().container(service)])
      const address = (service: string, network: string): Promise<string> =>
        inspect(service, `{{(index .NetworkSettings.Networks "${running().project}_${network}").IPAddress}}`)
      /** As the kernel has its first process, whatever the engine was told. Seen from beside it: some images hold no program to ask with. */
      const processOf = async (service: string): Promise<unknown> => {
        if (program === 'podman') return JSON.parse(await must(process.execPath, ['-e', PROCESS, '--', await inspect(service, '{{.State.Pid}}')]))
        const beside = ['--network', 'none', '--pid', `container:${running().container(service)}`]
        return JSON.parse(await must(program, ['run', '--rm', ...beside, '--entrypoint', 'node', imageOf('demo'), '-e', PROCESS, '--', '1']))
      }
      const onNetwork = (network: string): readonly string[] => ['run', '--rm', '--network', `${running().project}_${network}`, '--entrypoint', 'node']
      const from = (network: string, script: string, ...args: readonly string[]): Promise<string> =>
        must(program, [...onNetwork(network), imageOf('demo'), '-e', script, '--', ...args])
      const call = (): Promise<string> => {
        const trusting = ['--volume', `${running().project}_desk-agents:/desk/agents:ro`, '--env', 'NODE_EXTRA_CA_CERTS=/desk/agents/ca.crt']
        return must(program, [...onNetwork('agents'), ...trusting, imageOf('demo'), '-e', CALL])
      }

      it('leads agents to the two ports of the gateway and nowhere else', { timeout: CASE_MS }, async () => {
        const pod = await address('pod', 'agents')
        const elsewhere = [
          `${await address('desk-payments', 'servers')}=8080`,
          `${await address('desk-idp', 'office')}=8443`,
          `${await address('pod', 'servers')}=8443`,
          `${await address('pod', 'outside')}=8443`,
          'payments=8080',
          'idp.example.internal=8443',
        ]
        const inside = [8420, 8421, 8422, 3592, 3593].map((port) => `${pod}=${port}`)
        const answers = z.record(z.string(), z.string()).parse(JSON.parse(await from('agents', REACH, `${pod}=8443`, `${pod}=8444`, ...inside, ...elsewhere)))
        const open = Object.entries(answers).flatMap(([at, answer]) => (answer === 'open' ? [at] : []))
        expect(open).toEqual([`${pod}=8443`, `${pod}=8444`])
      })

      it('lets nobody call a server but the gateway, not even from the servers’ own network', { timeout: CASE_MS }, async () => {
        const direct = `fetch('http://payments:8080/mcp', { method: 'POST', body: '{}' }).then(async (r) => console.log(r.status, await r.text()))`
        expect(await from('servers', direct)).toBe('403 This server takes calls from the gateway only.')
      })

      it.runIf(program === 'docker')('gives agents no address of the host, whose other services would answer there', { timeout: CASE_MS }, async () => {
        const subnet = await must(program, ['network', 'inspect', '--format', '{{(index .IPAM.Config 0).Subnet}}', `${running().project}_agents`])
        const host = await must(program, ['run', '--rm', '--network', 'host', '--entrypoint', 'node', imageOf('demo'), '-e', ADDRESSES])
        const inside = new BlockList()
        const [network = '', bits = ''] = subnet.split('/')
        inside.addSubnet(network, Number(bits))
        // An agent has no route but to its own network: no other address of the host answers either.
        const addresses = z.array(z.string()).parse(JSON.parse(host))
        expect(addresses).not.toEqual([])
        expect(addresses.filter((each) => inside.check(each))).toEqual([])
      })

      it('runs everybody as somebody who is not root, without capabilities, on a root file system nobody can write to', { timeout: CASE_MS }, async () => {
        const told = '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.SecurityOpt}} {{.State.Running}}'
        for (const name of running().services) {
          const [, isRunning] = /^10001:10001 true \[no-new-privileges.*\] (true|false)$/.exec(await inspect(name, told)) ?? []
          expect(isRunning, name).toBeDefined()
          if (isRunning === 'true') expect(await processOf(name), name).toEqual({ Uid: '10001', CapEff: NONE, CapBnd: NONE, NoNewPrivs: '1', root: 'ro' })
        }
      })

      it('denies while Bailiwick stands still, and answers again when it goes on', { timeout: CASE_MS }, async () => {
        expect(await call()).toBe('401')
        await must(program, ['pause', running().container('bailiwick')])
        try {
          expect(await call()).toBe(UNASKED[gateway])
        } finally {
          await must(program, ['unpause', running().container('bailiwick')])
        }
        await expect.poll(call, { timeout: 60_000, interval: 1_000 }).toBe('401')
      })

      it('is started again by the engine when Bailiwick was killed, and answers as before', { timeout: CASE_MS }, async () => {
        const before = await inspect('bailiwick', '{{.State.StartedAt}}')
        await must(program, ['exec', running().container('bailiwick'), 'node', '-e', KILL])
        await expect.poll(() => inspect('bailiwick', '{{.State.StartedAt}}'), { timeout: 60_000, interval: 500 }).not.toBe(before)
        await running().becomesHealthy('bailiwick')
        await expect.poll(call, { timeout: 60_000, interval: 1_000 }).toBe('401')
      })

      it('plays the story, and no denied call reaches its server', { timeout: CASE_MS }, async () => {
        const { ok, all } = await running().run('desk-story')
        expect(all).toMatch(/26 steps, 15 of them denied, all as expected\. No denied call reached its server\./)
        expect(ok).toBe(true)
      })
    })
  },
})
