// The running service, where there is one: what each plane says of its own readiness. A service that does not run is no fault of the configuration.
import { planeUrl } from '@bailiwick/config'
import type { BailiwickConfig } from '@bailiwick/config'
import type { FetchLike } from '../http/endpoint.ts'
import { isObject, listOf, parseObject, pick } from '../http/json.ts'
import { readText } from '../http/read-text.ts'
import { codeOf } from './finding.ts'
import type { Recorder } from './finding.ts'

const TIMEOUT_MS = 5_000
const MAX_BYTES = 65_536

export async function checkService({ listen }: BailiwickConfig, fetch: FetchLike, found: Recorder): Promise<void> {
  const names = 'shared' in listen ? (['agents'] as const) : (['agents', 'gateways', 'operators'] as const)
  for (const plane of names) {
    const name = 'shared' in listen ? 'shared' : plane
    const url = planeUrl(listen, plane)
    if (url === undefined) continue
    if (url.endsWith(':0')) {
      found.unknown(`service.${name}`, 'port 0: a new one at each start, so nothing can be asked', { costs: 'whether it runs is not known' })
      continue
    }
    try {
      const response = await fetch(new URL('/readyz', url), { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) })
      const body = parseObject((await readText(response, MAX_BYTES)) ?? '')
      if (body?.['status'] === 'ready') found.ok(`service.${name}`, `${url} runs and is ready`)
      else if (body?.['status'] === 'not_ready') {
        const problems = listOf(body, 'problems').filter(isObject)
        found.refuse(
          `service.${name}`,
          `${url} runs and is not ready: ${problems.map((problem) => `${pick(problem, 'check')}: ${pick(problem, 'problem')}`).join('; ')}`,
          { costs: 'it denies every call that needs what is missing' },
        )
      } else found.refuse(`service.${name}`, `something else answers at ${url}`, { costs: 'the service cannot start there', mend: 'stop it, or change listen' })
    } catch (error) {
      const code = codeOf(error instanceof Error && error.cause !== undefined ? error.cause : error)
      if (code === 'ECONNREFUSED')
        found.advice(`service.${name}`, `nothing runs at ${url}`, {
          costs: 'nothing is decided until it does, and a gateway that fails closed denies',
          mend: 'bailiwick serve',
        })
      else found.unknown(`service.${name}`, `${url} does not answer (${code})`, { costs: 'whether it runs is not known' })
    }
  }
}
