// `envoy.service.auth.v3.Authorization` for grpc-js, server and client.
import type { ServiceDefinition } from '@grpc/grpc-js'
import { CheckRequestSchema, CheckResponseSchema } from '../gen/envoy/service/auth/v3/external_auth_pb.js'
import { defineMethod } from './method.ts'

export const AUTHORIZATION_SERVICE_NAME = 'envoy.service.auth.v3.Authorization'

export const authorizationService = {
  check: defineMethod({
    path: `/${AUTHORIZATION_SERVICE_NAME}/Check`,
    request: CheckRequestSchema,
    response: CheckResponseSchema,
    responseStream: false,
  }),
} satisfies ServiceDefinition
