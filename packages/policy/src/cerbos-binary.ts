// Finds the Cerbos program that the `cerbos` npm package brought for this platform. The package's own `bin` is never run: it is a shim
// that drops signals and leaves the real process behind when it dies.
import { createRequire } from 'node:module'

/** @throws Error, in words for the operator, where the package has no program for this platform. */
export function findCerbosBinary(platform: string = process.platform, arch: string = process.arch): string {
  const fromCerbos = createRequire(createRequire(import.meta.url).resolve('cerbos/package.json'))
  try {
    return fromCerbos.resolve(`@cerbos/cerbos-${platform}-${arch}`)
  } catch (cause) {
    throw new Error(`the cerbos package has no program for ${platform}-${arch}: run Cerbos yourself and set policy.engine to grpc with its address`, { cause })
  }
}
