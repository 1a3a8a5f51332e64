// `/livez` tells that the process runs; `/readyz` that every part it decides with is usable. One truth for all probes.
import { Router } from 'express'
import type { NotReady, Service } from './service.ts'

/** What is not ready in any of the services, each check named once. A check that throws is not ready. */
export async function notReady(services: readonly Pick<Service, 'ready'>[]): Promise<readonly NotReady[]> {
  const found = new Map<string, NotReady>()
  for (const service of services) {
    try {
      for (const problem of await service.ready()) found.set(problem.check, problem)
    } catch (error) {
      found.set('internal', { check: 'internal', problem: error instanceof Error ? error.name : 'failed' })
    }
  }
  return [...found.values()]
}

/** `notices` go with the answer and change nothing about it. */
export function healthRoutes(check: () => Promise<readonly NotReady[]>, notices: () => readonly NotReady[] = () => []): Router {
  const routes = Router()
  routes.get('/livez', (_request, response) => {
    response.set('cache-control', 'no-store').json({ status: 'ok' })
  })
  routes.get('/readyz', async (_request, response) => {
    const problems = await check()
    const noted = notices()
    response
      .status(problems.length === 0 ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({ status: problems.length === 0 ? 'ready' : 'not_ready', problems, ...(noted.length === 0 ? {} : { notices: noted }) })
  })
  return routes
}
