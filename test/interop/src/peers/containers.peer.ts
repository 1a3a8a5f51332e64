// The Dockerfile built and docker-compose.yml run, profile `desk`: the story with a container for each program, and who can reach whom. By Podman, as root:
// its images are pulled where they can be, else made of the same programs (containers/images.ts).
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { findAgentgateway } from '../../../../examples/support-desk/src/gateway/agentgateway.ts'
import { command, must } from '../containers/command.ts'
import { imageNames } from '../containers/compose-file.ts'
import { openGroup } from '../containers/group.ts'
import type { Group } from '../containers/group.ts'
import { provideImages } from '../containers/images.ts'
import { definePeer } from '../define-peer.ts'
import { openVenv } from '../python-venv.ts'

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

interface Peer {
  readonly composer: string
  readonly gateways: readonly ('envoy' | 'agentgateway')[]
}

await definePeer<Peer>(import.meta.url, {
  find: async () => {
    if (process.getuid?.() !== 0) return { skipped: 'only root can give containers networks of their own here' }
    const podman = await command('podman', ['--version'])
    if (!podman.ok) return { skipped: 'no podman (on Debian: podman buildah netavark aardvark-dns catatonit runc nftables debootstrap)' }
    if (!(await command('debootstrap', ['--version'])).ok) return { skipped: 'no debootstrap' }
    const venv = await openVenv(new URL('../python/containers.txt', import.meta.url))
    if ('skipped' in venv) return venv
    const agentgateway = findAgentgateway(process.env)
    const site = await must(venv.python, ['-c', 'import sysconfig; print(sysconfig.get_paths()["purelib"])'])
    const made = await provideImages(imageNames(), { envoy: join(site, 'envoy/_bin/envoy'), agentgateway })
    const standIns = made.length === 0 ? '' : `, with images made here for ${made.map((name) => name.replace(/^.*\//, '')).join(', ')}`
    return {
      peer: { composer: join(venv.bin, 'podman-compose'), gateways: agentgateway === undefined ? ['envoy'] : ['envoy', 'agentgateway'] },
      version: `${podman.text.replace(' version', '')}, podman-compose 1.6.0${standIns}`,
    }
  },
  cases: ({ composer, gateways }) => {
    it.each(OURS)('builds the target %s of the Dockerfile', { timeout: BUILD_MS }, async (target) => {
      await must('podman', ['build', '--quiet', '--network', 'host', '--target', target, '--tag', imageOf(target), ROOT], { timeoutMs: BUILD_MS })
    })

    it('plays the story in one container without any network', { timeout: CASE_MS }, async () => {
      const hardened = ['--network', 'none', '--read-only', '--cap-drop', 'ALL', '--tmpfs', '/tmp:mode=1777']
      const said = await must('podman', ['run', '--rm', ...hardened, imageOf('demo')], { timeoutMs: CASE_MS })
      expect(said).toMatch(/\d+ steps, \d+ of them denied, all as expected\. No denied call reached its server\.$/)
    })

    describe.each(gateways)('behind %s', (gateway) => {
      let group: Group | undefined
      beforeAll(async () => {
        group = await openGroup({
          composer,
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
      const address = async (service: string, network: string): Promise<string> =>
        await must('podman', [
          'inspect',
          '--format',
          `{{(index .NetworkSettings.Networks "${running().project}_${network}").IPAddress}}`,
          running().container(service),
        ])
      const from = (network: string, script: string, ...args: readonly string[]): Promise<string> =>
        must('podman', ['run', '--rm', '--network', `${running().project}_${network}`, '--entrypoint', 'node', imageOf('demo'), '-e', script, '--', ...args])

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
        const call = `fetch('http://payments:8080/mcp', { method: 'POST', body: '{}' }).then(async (r) => console.log(r.status, await r.text()))`
        expect(await from('servers', call)).toBe('403 This server takes calls from the gateway only.')
      })

      it('runs everybody as somebody who is not root, without capabilities, on a root file system nobody can write to', { timeout: CASE_MS }, async () => {
        const seen = '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.EffectiveCaps}} {{.HostConfig.SecurityOpt}}'
        for (const name of running().services)
          expect(await must('podman', ['inspect', '--format', seen, running().container(name)]), name).toMatch(
            /^10001:10001 true \[\] \[no-new-privileges.*\]$/,
          )
      })

      it('plays the story, and no denied call reaches its server', { timeout: CASE_MS }, async () => {
        const { exitCode, output } = await running().run('desk-story')
        expect(output).toMatch(/26 steps, 15 of them denied, all as expected\. No denied call reached its server\./)
        expect(exitCode).toBe(0)
      })
    })
  },
})
