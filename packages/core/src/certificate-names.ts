// The names in a certificate a peer has shown and the TLS layer has verified. No I/O. Does NOT say who may use them.

export interface CertificateNames {
  /** DNS names and URIs. */
  readonly sans: readonly string[]
  /** Where the certificate has exactly one URI and it is a SPIFFE ID: an X.509-SVID. */
  readonly spiffeId?: string
}

/** `list` as Node gives it: `URI:spiffe://a/b, DNS:edge.example`. A list with quoting is not taken apart: a name in it could hold a separator (CVE-2021-44532). */
export function certificateNames(list: string | undefined): CertificateNames | undefined {
  if (list === undefined || list === '' || list.includes('"')) return undefined
  const sans: string[] = []
  const uris: string[] = []
  for (const entry of list.split(', ')) {
    if (entry.startsWith('DNS:')) sans.push(entry.slice(4))
    else if (entry.startsWith('URI:')) uris.push(entry.slice(4))
  }
  const [uri] = uris
  const spiffeId = uris.length === 1 && uri?.startsWith('spiffe://') === true ? uri : undefined
  return { sans: [...sans, ...uris], ...(spiffeId === undefined ? {} : { spiffeId }) }
}
