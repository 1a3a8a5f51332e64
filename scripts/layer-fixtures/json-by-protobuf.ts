// path: services/enrichment/src/doors/bad.ts
// refused by: layers
import { fromJsonString } from '@bufbuild/protobuf'
export const x = fromJsonString
