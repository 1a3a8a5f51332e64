// `grpc.health.v1.Health` for grpc-js, server and client.
import type { ServiceDefinition } from '@grpc/grpc-js'
import { HealthCheckRequestSchema, HealthCheckResponseSchema } from '../gen/grpc/health/v1/health_pb.js'
import { defineMethod } from './method.ts'

export const HEALTH_SERVICE_NAME = 'grpc.health.v1.Health'

const messages = { request: HealthCheckRequestSchema, response: HealthCheckResponseSchema }

export const healthService = {
  check: defineMethod({ ...messages, path: `/${HEALTH_SERVICE_NAME}/Check`, responseStream: false }),
  watch: defineMethod({ ...messages, path: `/${HEALTH_SERVICE_NAME}/Watch`, responseStream: true }),
} satisfies ServiceDefinition
