// A certificate authority of a test and what it signs, made at run time: nothing of it is ever kept. Certificates (X.509 v3, RFC 5280) are good for an hour.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'
import { join } from 'node:path'

export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

export interface CertificateNames {
  readonly dns?: readonly string[]
  /** IPv4. */
  readonly ip?: readonly string[]
  readonly uri?: readonly string[]
  /** In the subject, before the name. */
  readonly organisation?: string
}

export interface TestAuthority {
  /** PEM file of the authority's own certificate. */
  readonly ca: string
  /** Signs a certificate for these names and writes it beside its key; `name` is that of the files. Written again, it replaces them. */
  issue(name: string, names: CertificateNames, lifetimeMs?: number): CertificateFiles
}

const HOUR_MS = 3_600_000

export function makeTestAuthority(folder: string, name = 'ca'): TestAuthority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const put = (file: string, text: string): string => {
    writeFileSync(join(folder, file), text, { mode: 0o600 })
    return join(folder, file)
  }
  const certify = (subject: Buffer, key: KeyObject, extensions: readonly Buffer[], lifetimeMs = HOUR_MS): string => {
    const body = sequence(
      tagged(0xa0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      ECDSA_WITH_SHA256,
      nameOf(name),
      sequence(timeOf(Date.now() - HOUR_MS), timeOf(Date.now() + lifetimeMs)),
      subject,
      key.export({ type: 'spki', format: 'der' }),
      tagged(0xa3, sequence(...extensions)),
    )
    return pem('CERTIFICATE', sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, keys.privateKey))))
  }
  return {
    ca: put(`${name}.crt`, certify(nameOf(name), keys.publicKey, [extension(BASIC_CONSTRAINTS, true, sequence(tagged(0x01, Buffer.from([0xff]))))])),
    issue(file, names, lifetimeMs = HOUR_MS) {
      const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const cert = certify(
        nameOf(file, names.organisation),
        leaf.publicKey,
        [extension(BASIC_CONSTRAINTS, true, sequence()), extension(SUBJECT_ALT_NAME, false, generalNames(names))],
        lifetimeMs,
      )
      return { cert: put(`${file}.crt`, cert), key: put(`${file}.key`, leaf.privateKey.export({ type: 'pkcs8', format: 'pem' })) }
    },
  }
}

/** DER: tag, length, content. */
function tagged(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const length = body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

function sequence(...content: readonly Buffer[]): Buffer {
  return tagged(0x30, ...content)
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes)
}

function bits(bytes: Buffer): Buffer {
  return tagged(0x03, Buffer.from([0]), bytes)
}

function objectId(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'))
}

const ECDSA_WITH_SHA256 = sequence(objectId('2a8648ce3d040302'))
const COMMON_NAME = objectId('550403')
const ORGANISATION = objectId('55040a')
const BASIC_CONSTRAINTS = objectId('551d13')
const SUBJECT_ALT_NAME = objectId('551d11')

function nameOf(text: string, organisation?: string): Buffer {
  const part = (type: Buffer, value: string): Buffer => tagged(0x31, sequence(type, tagged(0x0c, Buffer.from(value))))
  return sequence(...(organisation === undefined ? [] : [part(ORGANISATION, organisation)]), part(COMMON_NAME, text))
}

/** UTCTime: two digits of the year. */
function timeOf(ms: number): Buffer {
  return tagged(0x17, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`))
}

function extension(id: Buffer, critical: boolean, value: Buffer): Buffer {
  return sequence(id, ...(critical ? [tagged(0x01, Buffer.from([0xff]))] : []), tagged(0x04, value))
}

function generalNames({ dns = [], ip = [], uri = [] }: CertificateNames): Buffer {
  return sequence(
    ...dns.map((name) => tagged(0x82, Buffer.from(name))),
    ...uri.map((name) => tagged(0x86, Buffer.from(name))),
    ...ip.map((address) => {
      if (!isIPv4(address)) throw new TypeError('an IPv4 address was expected')
      return tagged(0x87, Buffer.from(address.split('.').map(Number)))
    }),
  )
}

function pem(label: string, der: Buffer): string {
  return `-----BEGIN ${label}-----\n${der
    .toString('base64')
    .replaceAll(/(.{64})/g, '$1\n')
    .trimEnd()}\n-----END ${label}-----\n`
}
