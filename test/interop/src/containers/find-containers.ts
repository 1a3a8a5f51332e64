// An engine and the images of the compose files, for a peer file to start with.
import { WANTED_ENGINE, findEngine } from './engine.ts'
import type { Engine } from './engine.ts'
import { imageNames } from './compose-file.ts'
import { provideImages } from './images.ts'
import type { ImageNames } from './images.ts'

export interface Containers {
  readonly engine: Engine
  readonly names: ImageNames
  /** For the summary: which images were made here, in place of published ones. */
  readonly standIns: readonly string[]
}

/** `agentgateway`: its program, where there is one to make an image of. */
export async function findContainers(agentgateway: string | undefined): Promise<Containers | { readonly skipped: string }> {
  const engine = await findEngine(process.env[WANTED_ENGINE])
  if ('skipped' in engine) return engine
  const names = imageNames()
  const made = await provideImages(engine.program, names, agentgateway)
  if ('skipped' in made) return made
  return { engine, names, standIns: made.map((name) => name.replace(/^.*\//, '')) }
}

/** `docker 26.1.5, Compose 2.26.1, with images made here for ...`. */
export function describeContainers({ engine }: Containers, standIns: readonly string[]): string {
  return standIns.length === 0 ? engine.version : `${engine.version}, with images made here for ${standIns.join(', ')}`
}
