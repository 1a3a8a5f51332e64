// A compose file of this repository as a peer needs it: who waits for whom, under which conditions, on which images. Everything else is for whoever runs it.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import type { ImageNames } from './images.ts'

const service = z.looseObject({
  image: z.string(),
  profiles: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.looseObject({ condition: z.string() })).optional(),
  healthcheck: z.looseObject({ disable: z.boolean().optional() }).optional(),
  restart: z.string().optional(),
})
const file = z.looseObject({ services: z.record(z.string(), service) })

const ROOT = new URL('../../../../', import.meta.url)

export type Services = z.infer<typeof file>['services']

export type ComposeFile = 'docker-compose.yml' | 'docker-compose.apart.yml'

/** Those of the profiles, and those of none. */
export function readServices(compose: ComposeFile, profiles: readonly string[]): Services {
  const { services } = file.parse(parse(readFileSync(new URL(compose, ROOT), 'utf8'), { merge: true }))
  return Object.fromEntries(
    Object.entries(services).filter(([, { profiles: of }]) => of === undefined || of.length === 0 || of.some((name) => profiles.includes(name))),
  )
}

/**
 * The file as podman-compose can run it, as JSON (whose `"no"` YAML 1.1 does not take for a boolean): without the two settings that Podman refuses, a bridge
 * without an address of the host and quick first health checks.
 */
export function forPodman(compose: ComposeFile): string {
  const whole: unknown = parse(readFileSync(new URL(compose, ROOT), 'utf8'), { merge: true })
  const isRefused = (key: string, value: unknown): boolean =>
    key === 'start_interval' || (key === 'driver_opts' && JSON.stringify(value).includes('com.docker.'))
  return JSON.stringify(whole, (key, value: unknown) => (isRefused(key, value) ? undefined : value))
}

/** Each after everything it waits for. */
export function startOrder(services: Services): readonly string[] {
  const order: string[] = []
  const add = (name: string): void => {
    const found = services[name]
    if (found === undefined || order.includes(name)) return
    for (const before of Object.keys(found.depends_on ?? {})) add(before)
    order.push(name)
  }
  for (const name of Object.keys(services)) add(name)
  return order
}

export function imageNames(): ImageNames {
  const services = readServices('docker-compose.yml', ['envoy', 'agentgateway'])
  const imageOf = (name: string): string => {
    const image = services[name]?.image
    if (image === undefined) throw new Error(`docker-compose.yml has no service ${name}`)
    return image
  }
  const [, node] = /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync(new URL('Dockerfile', ROOT), 'utf8')) ?? []
  if (node === undefined) throw new Error('the Dockerfile names no image of Node.js')
  // Podman asks which registry is meant by a name without one; Docker takes its own.
  return { node: onHub(`library/${node}`), cerbos: imageOf('cerbos'), envoy: onHub(imageOf('envoy')), agentgateway: imageOf('agentgateway') }
}

function onHub(name: string): string {
  return `docker.io/${name}`
}
