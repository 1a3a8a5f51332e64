// `agentgateway.dev.ext_mcp.ExtMcp` for grpc-js, server and client.
import type { ServiceDefinition } from '@grpc/grpc-js'
import { McpRequestResultSchema, McpRequestSchema, McpResponseResultSchema, McpResponseSchema } from '../gen/agentgateway/dev/ext_mcp/ext_mcp_pb.js'
import { defineMethod } from './method.ts'

export const EXT_MCP_SERVICE_NAME = 'agentgateway.dev.ext_mcp.ExtMcp'

export const extMcpService = {
  checkRequest: defineMethod({
    path: `/${EXT_MCP_SERVICE_NAME}/CheckRequest`,
    request: McpRequestSchema,
    response: McpRequestResultSchema,
    responseStream: false,
  }),
  checkResponse: defineMethod({
    path: `/${EXT_MCP_SERVICE_NAME}/CheckResponse`,
    request: McpResponseSchema,
    response: McpResponseResultSchema,
    responseStream: false,
  }),
} satisfies ServiceDefinition
