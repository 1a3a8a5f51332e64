// Where an agent's certificate and its key come from, and how they are kept while they are renewed. A pair that does not fit never replaces one that does.
// Does NOT look at who signed it, nor at its times: whoever it is shown to does.
import { X509Certificate, createPrivateKey, hash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { BailiwickMisconfigured, BailiwickUnavailable, isBailiwickError } from './errors.ts'
import { within } from './within.ts'

export interface CertificatePair {
  /** PEM: its own first, then what leads to its authority. */
  readonly cert: string
  /** PEM of the private key, without a passphrase. */
  readonly key: string
}

export interface CertificateSource {
  /** Asked before every connection may be made: the pair in use now. A Workload API client gives its X.509-SVID here; caching is the source's business. */
  current(): Promise<CertificatePair>
}

/** What is known of a pair once it was looked at. */
export interface ReadyCertificate extends CertificatePair {
  /** `x5t#S256` (RFC 8705): what tokens bound to it say. */
  readonly thumbprint: string
  readonly validUntilMs: number
}

const SOURCE_TIMEOUT_MS = 10_000

/** PEM files that something else renews: looked at before each use, read again when they changed. While the two do not fit, the last pair that did is used. */
export function certificateFiles(files: { readonly cert: string; readonly key: string }): CertificateSource {
  let held: { readonly stamp: string; readonly pair: CertificatePair } | undefined
  const read = async (): Promise<CertificatePair> => {
    const stamp = `${await stampOf(files.cert)} ${await stampOf(files.key)}`
    if (held?.stamp === stamp) return held.pair
    const pair = { cert: await readFile(files.cert, 'utf8'), key: await readFile(files.key, 'utf8') }
    if (readyOf(pair) === undefined) {
      if (held === undefined) throw new BailiwickMisconfigured('certificate', 'the files do not hold a certificate and its private key, in PEM')
      return held.pair
    }
    held = { stamp, pair }
    return pair
  }
  return {
    current: async () => {
      try {
        return await read()
      } catch (thrown) {
        if (isBailiwickError(thrown)) throw thrown
        if (held !== undefined) return held.pair
        throw new BailiwickUnavailable('credential_unavailable', 'no certificate: its files cannot be read')
      }
    },
  }
}

/** From any source, within its time. */
export async function readyCertificate(source: CertificateSource): Promise<ReadyCertificate> {
  let pair: CertificatePair
  try {
    const outcome = await within(SOURCE_TIMEOUT_MS, () => source.current())
    if (!outcome.done) throw new BailiwickUnavailable('credential_unavailable', 'no certificate: the source did not answer in time')
    pair = outcome.value
  } catch (thrown) {
    if (isBailiwickError(thrown)) throw thrown
    // What a source throws may hold the key.
    throw new BailiwickUnavailable('credential_unavailable', 'no certificate: the source failed')
  }
  const ready = readyOf(pair)
  if (ready === undefined) throw new BailiwickMisconfigured('certificate', '"certificate" did not give a certificate and its private key, in PEM')
  return ready
}

function readyOf({ cert, key }: CertificatePair): ReadyCertificate | undefined {
  try {
    const certificate = new X509Certificate(cert)
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return undefined
    return { cert, key, thumbprint: hash('sha256', certificate.raw, 'base64url'), validUntilMs: certificate.validToDate.getTime() }
  } catch {
    return undefined
  }
}

async function stampOf(file: string): Promise<string> {
  const { ino, mtimeMs, size } = await stat(file)
  return `${ino}:${mtimeMs}:${size}`
}
