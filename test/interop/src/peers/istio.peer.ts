// A real Istio on the files of gateways/istio: pilot-discovery on a real Kubernetes API, pilot-agent as the sidecar, with the Envoy of PyPI in the place of
// Istio's own build of it. gateways/istio/README.md says how the programs are built.
import { findIstioPrograms } from '../istio/programs.ts'
import type { IstioPrograms } from '../istio/programs.ts'
import { definePeer } from '../define-peer.ts'
import { istioCases } from '../istio/cases.ts'

await definePeer<IstioPrograms>(import.meta.url, { find: findIstioPrograms, cases: istioCases })
