import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { HealthCheckResponse_ServingStatus as Status, healthService } from '@bailiwick/wire'
import type { HealthCheckResponse } from '@bailiwick/wire'
import { noMetrics, noTracing } from '@bailiwick/runtime'
import { closedGate } from '../reading/gate.ts'
import { startService } from './running.ts'
import type { Running } from './running.ts'

let running: Running
const gate = closedGate()
beforeAll(async () => {
  running = await startService({}, { metrics: noMetrics, tracing: noTracing, spawnReader: gate.spawn })
})
afterAll(() => running.close())

it('is not ready before a thread is warm that reads large bodies', async () => {
  expect(await running.service.ready()).toEqual([{ check: 'reader', problem: 'starting' }])
  gate.open()
  const ready = async (): Promise<boolean> => {
    running.clock.advance(1_000)
    return (await running.service.ready()).length === 0
  }
  await vi.waitUntil(ready, { timeout: 10_000 })
})

it.each(['', 'envoy.service.auth.v3.Authorization'])('serves the health of %j with the truth of ready()', async (service) => {
  running.clock.advance(1_000)
  expect(await running.service.ready()).toEqual([])
  expect(await running.healthCheck(service)).toMatchObject({ status: Status.SERVING })
  running.decider.sicken('not reachable')
  running.clock.advance(1_000)
  expect(await running.service.ready()).toEqual([{ check: 'policy', problem: 'not reachable' }])
  expect(await running.healthCheck(service)).toMatchObject({ status: Status.NOT_SERVING })
  running.decider.sicken(undefined)
  running.clock.advance(1_000)
})

it('is not ready while the journal cannot be written', async () => {
  running.journal.fail('journal_full')
  running.clock.advance(1_000)
  expect(await running.service.ready()).toEqual([{ check: 'audit', problem: 'journal_full' }])
  running.journal.heal()
  running.clock.advance(1_000)
})

it('does not know other services', async () => {
  await expect(running.healthCheck('other')).rejects.toMatchObject({ code: 5 })
})

it('tells a watcher the present status and each change', async () => {
  const seen: Status[] = []
  const twice = Promise.withResolvers<undefined>()
  const stream = running.health.makeServerStreamRequest(
    healthService.watch.path,
    healthService.watch.requestSerialize,
    healthService.watch.responseDeserialize,
    { $typeName: 'grpc.health.v1.HealthCheckRequest', service: '' },
  )
  stream.on('error', () => {})
  stream.on('data', ({ status }: HealthCheckResponse) => {
    seen.push(status)
    if (seen.length === 1) {
      running.decider.sicken('down')
      running.clock.advance(1_000)
    } else twice.resolve(undefined)
  })
  await twice.promise
  stream.cancel()
  running.decider.sicken(undefined)
  running.clock.advance(1_000)
  expect(seen).toEqual([Status.SERVING, Status.NOT_SERVING])
})
