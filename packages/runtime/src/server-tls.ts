// The certificate of a listener, from files that something else renews: read again when they change, and a pair that does not fit never replaces one
// that does. Peers may show a certificate of their own; whether one is needed is for whoever judges them.
import { constants } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { TlsOptions } from 'node:tls'
import type { Logger } from './logger.ts'

/** PEM files. The key is readable by us alone, which the configuration checks. */
export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
  /** Authorities whose certificates count as proof of a peer; without it none does. */
  readonly clientCaFile?: string
  /** Peers are asked for a certificate without any authority too: who judges them knows theirs. */
  readonly asksPeers?: boolean
}

export interface ServerTls {
  readonly options: TlsOptions
  /** Looks at the files; `apply` gets what is to be used from now on, and whether other authorities count now. */
  refresh(apply: (options: TlsOptions, otherAuthorities: boolean) => void): void
}

/** Throws when the files cannot be read or do not fit: at start only. */
export function serverTls(files: TlsFiles, log: Pick<Logger, 'warn' | 'info'>): ServerTls {
  let stamp = stampOf(files)
  const options = read(files)
  let authorities = String(options.ca)
  return {
    options,
    refresh(apply) {
      try {
        const now = stampOf(files)
        if (now === stamp) return
        const fresh = read(files)
        stamp = now
        const changed = String(fresh.ca) !== authorities
        authorities = String(fresh.ca)
        apply(fresh, changed)
        log.info({ file: files.certFile }, 'the certificate of the listener was renewed')
      } catch (error) {
        log.warn({ err: error, file: files.certFile }, 'the new certificate of the listener cannot be used; the old one stays')
      }
    },
  }
}

function read(files: TlsFiles): TlsOptions {
  const secrets = {
    cert: readFileSync(files.certFile),
    key: readFileSync(files.keyFile),
    // Without it nobody's signature counts: Node's own list is of authorities that sign for the whole world.
    ca: files.clientCaFile === undefined ? [] : readFileSync(files.clientCaFile),
    minVersion: 'TLSv1.2',
    // A resumed session would not be verified again: a peer whose certificate expired or whose authority was taken out must show it anew.
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const
  // Throws where key and certificate are not a pair.
  createSecureContext(secrets)
  return { ...secrets, requestCert: files.clientCaFile !== undefined || files.asksPeers === true, rejectUnauthorized: false }
}

function stampOf(files: TlsFiles): string {
  return [files.certFile, files.keyFile, files.clientCaFile]
    .map((file) => {
      if (file === undefined) return ''
      const { ino, mtimeMs, size } = statSync(file)
      return `${ino}:${mtimeMs}:${size}`
    })
    .join(' ')
}
