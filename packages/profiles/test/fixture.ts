// The valid setting of every enrichment test: one HTTP directory that knows alice, and a clock that stands still.
import { deadlineIn } from '@bailiwick/core'
import type { Denial, JsonObject, Subject } from '@bailiwick/core'
import type { HttpSourceAuthentication, ProfileSourceConfig } from '@bailiwick/config'
import { startDirectoryServer } from '@bailiwick/kit/directory-server'
import type { DirectoryServer } from '@bailiwick/kit/directory-server'
import { testClock } from '@bailiwick/kit/clock'
import type { TestClock } from '@bailiwick/kit/clock'
import { createEnricher } from '../src/index.ts'
import type { Enriched, ProfileEnricher } from '../src/index.ts'

type Http = Extract<ProfileSourceConfig, { readonly type: 'http' }>

export const alice: Subject = user('alice')

export const aliceDocument: JsonObject = {
  id: 'alice',
  tier: 1,
  profile: { department: 'support', manager: 'bob' },
  groups: ['tier-1', 'everybody', 'admin'],
  active: true,
  salary: 100_000,
}

export function user(id: string, alias = 'corp'): Subject {
  const iss = `https://${alias}.example.com`
  return { sub: `${alias}:${id}`, iss, kind: 'user', subId: { format: 'iss_sub', iss, sub: id } }
}

export function httpSource(directory: DirectoryServer, change: Partial<Http> = {}): Http {
  return {
    name: 'directory',
    type: 'http',
    required: true,
    issuers: [],
    attributes: { tier: 'tier', department: 'profile.department' },
    roles: { from: 'groups', map: { 'tier-1': 'tier-1-support' } },
    active: 'active',
    ttlSeconds: 60,
    staleWhileRevalidateSeconds: 300,
    staleIfErrorSeconds: 900,
    negativeTtlSeconds: 5,
    timeoutMs: 300,
    onError: 'deny',
    url: directory.usersUrl,
    subjectAttribute: 'id',
    authentication: { method: 'none' },
    maxBytes: 64 * 1024,
    ...change,
  }
}

export function clientCredentials(directory: DirectoryServer): HttpSourceAuthentication {
  return { method: 'client_credentials', issuer: directory.issuer, clientId: directory.client.id, clientSecret: directory.client.secret, allowHttp: true }
}

/** A source without the `active` flag, which alone may be used when it is old. */
export function withoutActive(config: Http): Http {
  const { active: _active, ...rest } = config
  return rest
}

export interface Setting {
  readonly directory: DirectoryServer
  readonly clock: TestClock
  readonly enricher: ProfileEnricher
  ask(subject?: Subject, budgetMs?: number): Promise<Enriched | Denial>
  close(): Promise<void>
}

export async function openSetting(sources: (directory: DirectoryServer) => readonly ProfileSourceConfig[]): Promise<Setting> {
  const directory = await startDirectoryServer({ alice: aliceDocument })
  const clock = testClock()
  const enricher = createEnricher({ sources: sources(directory), clock })
  return {
    directory,
    clock,
    enricher,
    ask: async (subject = alice, budgetMs = 5000) => {
      const result = await enricher.enrich(subject, deadlineIn(clock, budgetMs))
      return result.ok ? result.value : result.denial
    },
    close: async () => {
      await enricher.close()
      await directory.close()
    },
  }
}
