// How Bailiwick proves itself to a server it asks over HTTP: a directory, or an MCP server asked for its tools. Its secret comes from a file
// nobody else can read, or from the environment.
import type { z } from 'zod'
import type { HttpSourceAuthentication } from '../model.ts'
import type { Path } from '../problem.ts'
import type { Read } from '../files.ts'
import { readSecretFile } from '../files.ts'
import { URL_EXPECTED, checkUrl } from '../loopback.ts'
import type { httpAuthentication } from '../schema/profiles.ts'
import { resolvePath } from './bench.ts'
import type { Bench } from './bench.ts'

/** Whose secret it is: `BAILIWICK_<SECTION>_<NAME>_SECRET` stands for the file. */
export interface SecretOwner {
  readonly section: 'profiles' | 'resources'
  readonly name: string
}

export function compileHttpAuthentication(
  bench: Bench,
  at: Path,
  given: z.output<typeof httpAuthentication>,
  owner: SecretOwner,
): HttpSourceAuthentication | undefined {
  if (given.method === 'none') return { method: 'none' }
  if (given.method === 'bearer') {
    const secret = secretOf(bench, owner, 'secret', given.secret_file)
    if (secret.ok) return { method: 'bearer', secret: secret.value }
    bench.add([...at, 'secret_file'], secret.expected)
    return undefined
  }
  const issuer = checkUrl(given.issuer, { http: bench.unsafeAllowed ? 'loopback' : 'never' })
  if (!issuer.ok) bench.add([...at, 'issuer'], URL_EXPECTED[issuer.problem])
  const clientSecret = secretOf(bench, owner, 'client_secret', given.client_secret_file)
  if (!clientSecret.ok) {
    bench.add([...at, 'client_secret_file'], clientSecret.expected)
    return undefined
  }
  return {
    method: 'client_credentials',
    issuer: given.issuer,
    clientId: given.client_id,
    clientSecret: clientSecret.value,
    ...(given.scope === undefined ? {} : { scope: given.scope }),
    allowHttp: issuer.ok && issuer.url.protocol === 'http:',
  }
}

function secretOf(bench: Bench, { section, name }: SecretOwner, member: string, file: string | undefined): Read<string> {
  const fromEnvironment = bench.secretFromEnvironment(section, name, member)
  if (fromEnvironment !== undefined) return fromEnvironment
  return file === undefined ? { ok: false, expected: 'the path of a secret file' } : readSecretFile(resolvePath(bench, file))
}
