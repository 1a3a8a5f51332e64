// `GET /metrics` for a scraper. Mounted on the operators' plane alone, where the network says who reaches it: it authenticates nobody itself,
// and there is nothing in it about any one task, agent or user.
import { Router } from 'express'
import type { ProcessMetrics } from './open-metrics.ts'

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8'

export function metricsRoutes({ render }: Pick<ProcessMetrics, 'render'>): Router {
  const routes = Router({ caseSensitive: true, strict: true })
  routes.get('/metrics', async (_request, response) => {
    const text = await render()
    response.writeHead(200, { 'content-type': PROMETHEUS_TEXT, 'cache-control': 'no-store' })
    response.end(text)
  })
  return routes
}
