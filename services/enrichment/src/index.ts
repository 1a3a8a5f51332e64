// The enrichment service: one decision per hop, in each gateway's own protocol.
export { createEnrichment, grpcServerOptions } from './app.ts'
export type { EnrichmentDeps } from './app.ts'
