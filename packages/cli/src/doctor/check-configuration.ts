// The configuration: who can change it, and which of its permissions are for development only. That it loads was found before.
import { statSync } from 'node:fs'
import type { BailiwickConfig } from '@bailiwick/config'
import type { Recorder } from './finding.ts'

const OTHERS_MAY_WRITE = 0o022

export function checkConfiguration(config: BailiwickConfig, found: Recorder): void {
  const { clients, resources, profiles, gateways, control } = config
  const counts = [count(clients.size, 'client'), count(resources.size, 'resource'), count(profiles.length, 'profile source'), count(gateways.length, 'gateway')]
  found.ok('config.valid', `${config.file}: ${counts.join(', ')}; its secret files are private`)
  checkWritable(found, 'config.file', config.file, 'whoever can write it decides who may launch agents and which gateway is believed')
  if (config.policy.engine === 'supervised') {
    checkWritable(found, 'policy.directory', config.policy.directory, 'whoever can write a policy there decides what every agent may do, within seconds')
  }
  if (config.development) {
    found.warn('config.development', 'development: true', {
      costs: 'one address may serve agents, gateways and operators, and a loopback gateway needs no secret: any program on this machine can ask',
      mend: 'leave development out, and give listen a map of agents, gateways and operators',
    })
  } else found.ok('config.development', 'development is off')
  const shadow = [...resources.values()].filter((resource) => resource.mode === 'shadow').map((resource) => resource.name)
  if (shadow.length > 0) {
    found.warn('config.shadow', `in shadow mode: ${shadow.join(', ')}`, { costs: 'policy denials there are recorded and not enforced', mend: 'mode: enforce' })
  }
  if (control.operators.length < 2) {
    found.advice('config.operators', 'fewer than two operators are configured', {
      costs: 'nobody else can lift a hold that the one operator set: it takes stopping the service and hold lift --offline',
      mend: 'list a second one in control.operators, then bailiwick operator add <name>',
    })
  }
}

export function checkWritable(found: Recorder, check: string, path: string, costs: string): void {
  if (process.platform === 'win32') return found.unknown(check, 'who can write it is not known on this platform', { costs })
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return found.unknown(check, `${path} is not there`, { costs })
  if ((stat.mode & OTHERS_MAY_WRITE) === 0) found.ok(check, `only its owner can write ${path}`)
  else found.refuse(check, `group or others can write ${path}`, { costs, mend: `chmod go-w ${path}` })
}

function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`
}
