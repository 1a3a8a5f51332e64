// Certificates of the support desk, made when it is prepared: an authority of its own, whose key is thrown away, and what it signed. No I/O.
// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs it there, for its registry of algorithms
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

export interface Certificate {
  readonly cert: string
  readonly key: string
}

export interface Authority {
  /** What everybody else is told to trust. */
  readonly cert: string
  /** A server's certificate for exactly these names. */
  certify(hosts: readonly string[], now: Date): Promise<Certificate>
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
/** A demonstration: prepared again when it is over. */
const DAYS = 30
const DAY_MS = 24 * 60 * 60 * 1000

export async function makeAuthority(now: Date): Promise<Authority> {
  x509.cryptoProvider.set(webcrypto)
  const keys = await newKeys()
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=support desk authority',
    ...validity(now),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)],
  })
  return {
    cert: ca.toString('pem'),
    certify: async (hosts, at) => {
      const own = await newKeys()
      const cert = await x509.X509CertificateGenerator.create({
        subject: `CN=${hosts[0] ?? ''}`,
        issuer: ca.subject,
        ...validity(at),
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension(hosts.map((value) => ({ type: 'dns' as const, value }))),
        ],
      })
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', own.privateKey)
      return { cert: cert.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') }
    },
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

function validity(now: Date): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(now.getTime() - DAY_MS), notAfter: new Date(now.getTime() + DAYS * DAY_MS) }
}
