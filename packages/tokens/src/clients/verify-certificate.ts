// A client that proves itself by the certificate of its connection (RFC 8705 section 2; an X.509-SVID). In order: its times, then what the method compares.
// That the TLS layer saw the key's proof is the caller's word. Does NOT walk a chain: `isVerified` says that an authority that counts has signed it.
import type { X509Certificate } from 'node:crypto'
import { certificateNames } from '@bailiwick/core'
import type { ClientAuthentication } from '@bailiwick/config'
import type { ShownCertificate } from '../proofs/shown-certificate.ts'

export type CertificateAuthentication = Extract<ClientAuthentication, { readonly method: 'spiffe_x509' | 'tls_client_auth' | 'self_signed_tls_client_auth' }>

export function isByCertificate(authentication: ClientAuthentication): authentication is CertificateAuthentication {
  return authentication.method === 'spiffe_x509' || authentication.method === 'tls_client_auth' || authentication.method === 'self_signed_tls_client_auth'
}

/** What is wrong, for the record; undefined where it proves this client. */
export function certificateProblem(authentication: CertificateAuthentication, shown: ShownCertificate, nowSeconds: number): string | undefined {
  const { certificate } = shown
  // A connection may outlive what it was made with, and a front may keep one for hours.
  if (certificate !== undefined && !isTimely(certificate, nowSeconds)) return 'certificate_expired'
  if (authentication.method === 'self_signed_tls_client_auth')
    return authentication.thumbprints.includes(shown.thumbprint) ? undefined : 'certificate_of_another'
  if (!shown.isVerified) return 'certificate_unverified'
  if (certificate === undefined) return 'certificate_not_whole'
  // An authority's own certificate speaks for nobody.
  if (certificate.ca) return 'certificate_of_an_authority'
  return isNamed(authentication, certificate) ? undefined : 'certificate_of_another'
}

function isNamed(
  authentication: Exclude<CertificateAuthentication, { readonly method: 'self_signed_tls_client_auth' }>,
  certificate: X509Certificate,
): boolean {
  if (authentication.method === 'tls_client_auth' && authentication.subject !== undefined) return certificate.subject === authentication.subject
  const names = certificateNames(certificate.subjectAltName)
  if (names === undefined) return false
  if (authentication.method === 'spiffe_x509') return names.spiffeId === authentication.spiffeId
  return authentication.san !== undefined && names.sans.includes(authentication.san)
}

function isTimely({ validFromDate, validToDate }: X509Certificate, nowSeconds: number): boolean {
  return validFromDate.getTime() / 1000 <= nowSeconds && nowSeconds <= validToDate.getTime() / 1000
}
