// SPIFFE: ids, bundle documents and JWT-SVIDs. The Workload API and X.509-SVIDs are not here yet.
export { bundleFromFile } from './bundle-file.ts'
export type { BundleSource } from './bundle-file.ts'
export { createJwtSvidVerifier } from './jwt-svid.ts'
export type { JwtSvidVerifier, JwtSvidVerifierDeps, VerifiedSvid } from './jwt-svid.ts'
export { parseBundle } from './parse-bundle.ts'
export type { Bundle, BundleProblem, BundleReading, SvidKey } from './parse-bundle.ts'
export { isWithin, parseSpiffeId } from './spiffe-id.ts'
export type { SpiffeId, SpiffeIdProblem, SpiffeIdReading } from './spiffe-id.ts'
