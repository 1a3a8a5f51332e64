// `cerbos.svc.v1.CerbosService` for grpc-js, server and client: the call that asks whether something is allowed, and the
// one that asks what is.
import type { ServiceDefinition } from '@grpc/grpc-js'
import { CheckResourcesRequestSchema, PlanResourcesRequestSchema } from '../gen/cerbos/request/v1/request_pb.js'
import { CheckResourcesResponseSchema, PlanResourcesResponseSchema } from '../gen/cerbos/response/v1/response_pb.js'
import { defineMethod } from './method.ts'

export const CERBOS_SERVICE_NAME = 'cerbos.svc.v1.CerbosService'

export const cerbosService = {
  checkResources: defineMethod({
    path: `/${CERBOS_SERVICE_NAME}/CheckResources`,
    request: CheckResourcesRequestSchema,
    response: CheckResourcesResponseSchema,
    responseStream: false,
  }),
  planResources: defineMethod({
    path: `/${CERBOS_SERVICE_NAME}/PlanResources`,
    request: PlanResourcesRequestSchema,
    response: PlanResourcesResponseSchema,
    responseStream: false,
  }),
} satisfies ServiceDefinition
