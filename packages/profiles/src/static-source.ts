// Profiles written in the configuration: for tests and small teams. Always answers, never fails.
import type { ProfileSourceConfig } from '@bailiwick/config'
import type { Source } from './source.ts'

/** Subjects are named by their whole `sub`. */
export function createStaticSource(config: Extract<ProfileSourceConfig, { readonly type: 'static' }>): Source {
  return {
    read: async ({ sub }) => {
      const document = Object.hasOwn(config.subjects, sub) ? config.subjects[sub] : undefined
      return document === undefined ? { found: false } : { found: true, document }
    },
  }
}
