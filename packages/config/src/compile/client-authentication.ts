// How one client proves itself: the settings its method needs, and none of another method's. A setting that no method reads would be a promise nobody keeps.
import { X509Certificate } from 'node:crypto'
import type { ClientAuthentication } from '../model.ts'
import type { RawClient } from '../schema/schema.ts'
import { readBounded, readKeySetText } from '../files.ts'
import { resolvePath } from './bench.ts'
import type { Bench, Entry } from './bench.ts'
import { checkKeySet, parseKeySetText } from './key-set.ts'

/** What is seen of certificates where clients connect. */
export interface CertificatesSeen {
  /** Those an authority that counts has signed. */
  readonly verified: boolean
  /** Any, whoever signed it. */
  readonly shown: boolean
}

interface Around {
  readonly trustDomain: string | undefined
  readonly certificates: CertificatesSeen
}

type Method = RawClient['authentication']
type Setting = 'jwks' | 'jwks_file' | 'algorithms' | 'spiffe_id' | 'san' | 'subject_dn' | 'certificate_files'

const MAX_PEM_BYTES = 256 * 1024
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

const READS: Readonly<Record<Method, readonly Setting[]>> = {
  private_key_jwt: ['jwks', 'jwks_file', 'algorithms'],
  spiffe_jwt: ['spiffe_id'],
  spiffe_x509: ['spiffe_id'],
  tls_client_auth: ['san', 'subject_dn'],
  self_signed_tls_client_auth: ['certificate_files'],
  mtls: ['spiffe_id', 'san'],
}

export function compileAuthentication(bench: Bench, { path, raw }: Entry<RawClient>, around: Around): ClientAuthentication | undefined {
  const method = raw.authentication
  for (const setting of ['jwks', 'jwks_file', 'algorithms', 'spiffe_id', 'san', 'subject_dn', 'certificate_files'] as const)
    if (raw[setting] !== undefined && !READS[method].includes(setting)) bench.add([...path, setting], `no such setting with ${method}`, { at: 'key' })
  const refuse = (expected: string): void => bench.add([...path, 'authentication'], expected)
  if (method !== 'mtls' && method !== 'private_key_jwt' && raw.kind === 'node' && method !== 'spiffe_jwt') refuse('mtls: how a certificate proves a node')
  if ((method === 'tls_client_auth' || method === 'spiffe_x509') && !around.certificates.verified)
    refuse(`listen.tls.client_ca or listen.front beside ${method}: whose certificates count`)
  if (method === 'self_signed_tls_client_auth' && !around.certificates.shown) refuse(`listen.tls or listen.front beside ${method}: where certificates are seen`)
  switch (method) {
    case 'private_key_jwt':
      return compileKeys(bench, { path, raw })
    case 'spiffe_jwt':
    case 'spiffe_x509':
      return compileSpiffe(bench, { path, raw }, method, around.trustDomain)
    case 'tls_client_auth':
      return compileNamed(bench, { path, raw })
    case 'self_signed_tls_client_auth':
      return compileCertificates(bench, { path, raw })
    case 'mtls':
      if (raw.kind !== 'node') refuse('tls_client_auth, spiffe_x509 or another method; mtls proves nodes only')
      if ((raw.spiffe_id === undefined) === (raw.san === undefined)) bench.add([...path, 'spiffe_id'], 'exactly one of spiffe_id and san', { at: 'key' })
      return { method, ...(raw.spiffe_id === undefined ? {} : { spiffeId: raw.spiffe_id }), ...(raw.san === undefined ? {} : { san: raw.san }) }
  }
}

function compileSpiffe(
  bench: Bench,
  { path, raw }: Entry<RawClient>,
  method: 'spiffe_jwt' | 'spiffe_x509',
  trustDomain: string | undefined,
): ClientAuthentication | undefined {
  if (raw.spiffe_id === undefined) {
    bench.add([...path, 'spiffe_id'], 'the exact SPIFFE ID of this client', { at: 'key' })
    return undefined
  }
  if (trustDomain === undefined) bench.add([...path, 'authentication'], `identity.spiffe to be configured for ${method}`)
  else if (!raw.spiffe_id.startsWith(`spiffe://${trustDomain}/`)) bench.add([...path, 'spiffe_id'], 'a SPIFFE ID of the configured trust domain')
  return { method, spiffeId: raw.spiffe_id }
}

function compileNamed(bench: Bench, { path, raw }: Entry<RawClient>): ClientAuthentication {
  if ((raw.san === undefined) === (raw.subject_dn === undefined)) bench.add([...path, 'san'], 'exactly one of san and subject_dn', { at: 'key' })
  return {
    method: 'tls_client_auth',
    ...(raw.san === undefined ? {} : { san: raw.san }),
    // RFC 4514 section 2.1 writes the last of the certificate first.
    ...(raw.subject_dn === undefined ? {} : { subject: raw.subject_dn.split(',').toReversed().join('\n') }),
  }
}

function compileCertificates(bench: Bench, { path, raw }: Entry<RawClient>): ClientAuthentication | undefined {
  if (raw.certificate_files === undefined) {
    bench.add([...path, 'certificate_files'], 'the certificate of this client, or two during rotation', { at: 'key' })
    return undefined
  }
  const thumbprints = raw.certificate_files.flatMap((file, index) => {
    const read = readBounded(resolvePath(bench, file), MAX_PEM_BYTES)
    const thumbprint = read.ok ? thumbprintOf(read.value) : undefined
    if (thumbprint === undefined) bench.add([...path, 'certificate_files', index], read.ok ? 'a PEM file of one certificate' : read.expected)
    return thumbprint ?? []
  })
  return { method: 'self_signed_tls_client_auth', thumbprints }
}

function thumbprintOf(pem: string): string | undefined {
  if (pem.match(PEM_BLOCK)?.length !== 1) return undefined
  try {
    return Buffer.from(new X509Certificate(pem).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')
  } catch {
    return undefined
  }
}

function compileKeys(bench: Bench, { path, raw }: Entry<RawClient>): ClientAuthentication | undefined {
  if ((raw.jwks === undefined) === (raw.jwks_file === undefined)) {
    bench.add(raw.jwks === undefined ? [...path, 'jwks_file'] : [...path, 'jwks'], 'exactly one of jwks_file and jwks', { at: 'key' })
    return undefined
  }
  const setting = raw.jwks === undefined ? 'jwks_file' : 'jwks'
  const text = raw.jwks_file === undefined ? undefined : readKeySetText(resolvePath(bench, raw.jwks_file))
  const keySet = raw.jwks !== undefined ? checkKeySet(raw.jwks.keys) : text?.ok === true ? parseKeySetText(text.value) : text
  if (keySet === undefined || !keySet.ok) {
    bench.add([...path, setting], keySet?.expected ?? 'a key set')
    return undefined
  }
  const possible = keySet.value.algorithms
  const wanted = raw.algorithms ?? possible.filter((name) => !/(384|512)$/.test(name) || name.startsWith('ES'))
  wanted.forEach((name, index) => {
    if (!possible.includes(name)) bench.add([...path, 'algorithms', index], 'an algorithm one of the keys can verify')
  })
  const algorithms = wanted.length === 0 ? possible : wanted
  return { method: 'private_key_jwt', jwks: { keys: keySet.value.keys }, algorithms }
}
