// What every process needs around its services: logs, listeners, health, shutdown.
export * from './health.ts'
export * from './listener.ts'
export * from './logger.ts'
export * from './read-body.ts'
export { createReadiness } from './readiness.ts'
export type { Check } from './readiness.ts'
export type * from './service.ts'
export * from './shutdown.ts'
