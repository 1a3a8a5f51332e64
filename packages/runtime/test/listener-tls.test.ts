import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get as httpsGet, request } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, getCACertificates, setDefaultCACertificates, TLSSocket } from 'node:tls'
import type { PeerCertificate } from 'node:tls'
import { Client, credentials, Metadata, Server } from '@grpc/grpc-js'
import type { ServerUnaryCall } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '@bailiwick/kit/silent-log'
import { makeTestAuthority } from '@bailiwick/kit/test-authority'
import type { CertificateFiles, TestAuthority } from '@bailiwick/kit/test-authority'
import { listen, serverTls } from '../src/index.ts'
import type { Listening } from '../src/index.ts'

let folder: string
let authority: TestAuthority
let stranger: TestAuthority
let server: CertificateFiles
let peer: CertificateFiles
let forged: CertificateFiles
let listening: Listening

const echo = {
  path: '/test.Echo/Say',
  requestStream: false,
  responseStream: false,
  requestSerialize: (value: Buffer) => value,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (value: Buffer) => value,
  responseDeserialize: (bytes: Buffer) => bytes,
} as const
const SPIFFE = 'spiffe://example.org/gateway/edge'

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-tls-'))
  authority = makeTestAuthority(folder)
  stranger = makeTestAuthority(folder, 'stranger')
  server = authority.issue('server', { dns: ['localhost'], ip: ['127.0.0.1'] })
  peer = authority.issue('peer', { uri: [SPIFFE] })
  forged = stranger.issue('forged', { uri: [SPIFFE] })
  const grpc = new Server()
  grpc.addService(
    { say: echo },
    {
      say: (call: ServerUnaryCall<Buffer, Buffer>, done: (error: null, value: Buffer) => void) =>
        done(null, Buffer.from(call.getAuthContext().sslPeerCertificate?.subjectaltname ?? 'nobody')),
    },
  )
  listening = await listen({
    host: '127.0.0.1',
    port: 0,
    grpc,
    tls: serverTls({ certFile: server.cert, keyFile: server.key, clientCaFile: authority.ca }, silentLog().log),
    http: (asked, response) => {
      const { socket } = asked
      const certificate: PeerCertificate | undefined = socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate() : undefined
      response.end(certificate?.subjectaltname ?? 'nobody')
    },
  })
})
afterAll(async () => {
  await listening.close(100)
  rmSync(folder, { recursive: true, force: true })
})

function get(own?: CertificateFiles): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: listening.port,
        ca: readFileSync(authority.ca),
        agent: false,
        ...(own === undefined ? {} : { cert: readFileSync(own.cert), key: readFileSync(own.key) }),
      },
      (response) => {
        let body = ''
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.on('end', () => resolve(body))
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}

function say(own?: CertificateFiles): Promise<string> {
  const ca = readFileSync(authority.ca)
  const secure = own === undefined ? credentials.createSsl(ca) : credentials.createSsl(ca, readFileSync(own.key), readFileSync(own.cert))
  const client = new Client(`localhost:${listening.port}`, secure)
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(echo.path, echo.requestSerialize, echo.responseDeserialize, Buffer.from('x'), new Metadata(), (error, value) => {
      client.close()
      if (error !== null) reject(error)
      else resolve(value?.toString() ?? '')
    })
  })
}

describe('a TLS listener', () => {
  it('serves HTTP and gRPC on one port, by what the peers agreed on, and tells who showed a certificate', async () => {
    expect(await get()).toBe('nobody')
    expect(await say()).toBe('nobody')
    expect(await get(peer)).toBe(`URI:${SPIFFE}`)
    expect(await say(peer)).toBe(`URI:${SPIFFE}`)
  })

  it('speaks HTTP/1.1 with a client that offers HTTP/2 too, as browsers and fetch do', async () => {
    const agreed = (ALPNProtocols: string[]): Promise<string | false | null> =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port: listening.port, ca: readFileSync(authority.ca), ALPNProtocols }, () => {
          resolve(socket.alpnProtocol)
          socket.destroy()
        })
        socket.on('error', reject)
      })
    expect(await agreed(['h2', 'http/1.1'])).toBe('http/1.1')
    expect(await agreed(['h2'])).toBe('h2')
    await expect(agreed(['h3'])).rejects.toThrow()
  })

  it('takes the certificate of another authority for none, whatever name is in it', async () => {
    expect(await get(forged)).toBe('nobody')
    expect(await say(forged)).toBe('nobody')
  })

  it('answers nothing in clear', async () => {
    const answered = await new Promise<string>((resolve) => {
      const socket = connectTcp(listening.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'))
      let text = ''
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
      socket.on('close', () => resolve(text))
      socket.on('error', () => {})
    })
    expect(answered).not.toContain('HTTP/1.1 200')
  })

  it('resumes no session: a peer proves itself on each connection', async () => {
    const options = { host: '127.0.0.1', port: listening.port, ca: readFileSync(authority.ca), cert: readFileSync(peer.cert), key: readFileSync(peer.key) }
    const sessionOf = (session?: Buffer): Promise<{ readonly reused: boolean; readonly session: Buffer | undefined }> =>
      new Promise((resolve, reject) => {
        let latest: Buffer | undefined
        const socket = connect({ ...options, ...(session === undefined ? {} : { session }) }, () =>
          socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
        )
        socket.on('session', (fresh: Buffer) => (latest = fresh))
        socket.on('error', reject)
        socket.on('close', () => resolve({ reused, session: latest }))
        let reused = false
        socket.on('secureConnect', () => (reused = socket.isSessionReused()))
        socket.resume()
      })
    const first = await sessionOf()
    expect(first.reused).toBe(false)
    expect((await sessionOf(first.session)).reused).toBe(false)
  })
})

describe('a connection with a certificate', () => {
  /** Speaks HTTP/2, as a gateway's gRPC does: an idle HTTP/1.1 connection would end by itself. */
  const closedAfter = (own: CertificateFiles): Promise<void> =>
    new Promise((resolve, reject) => {
      const files = { ca: readFileSync(authority.ca), cert: readFileSync(own.cert), key: readFileSync(own.key) }
      const socket = connect({ host: '127.0.0.1', port: listening.port, ALPNProtocols: ['h2'], ...files })
      socket.on('error', reject)
      socket.on('close', () => resolve())
      socket.resume()
    })

  it('ends when the certificate does, however long somebody keeps it', async () => {
    // Certificates count in whole seconds.
    await closedAfter(authority.issue('short', { uri: [SPIFFE] }, 2_000))
  })

  it('tells whoever looks at the files that other authorities count now', () => {
    const { log } = silentLog()
    const own = makeTestAuthority(folder, 'changing')
    const tls = serverTls({ certFile: server.cert, keyFile: server.key, clientCaFile: own.ca }, log)
    const changes: boolean[] = []
    tls.refresh((_options, other) => changes.push(other))
    makeTestAuthority(folder, 'changing')
    tls.refresh((_options, other) => changes.push(other))
    expect(changes).toEqual([true])
  })
})

it('asks peers without an authority of ours, and then counts nobody’s: not even those the whole world trusts', async () => {
  const trusted = getCACertificates('default')
  setDefaultCACertificates([...trusted, readFileSync(authority.ca, 'utf8')])
  const own = authority.issue('known-to-the-world', { dns: ['agent.example.org'] })
  const seen: (readonly [authorized: boolean, hasCertificate: boolean])[] = []
  const asking = await listen({
    host: '127.0.0.1',
    port: 0,
    http: ({ socket }, response) => {
      if (socket instanceof TLSSocket) seen.push([socket.authorized, socket.getPeerX509Certificate() !== undefined])
      response.end()
    },
    tls: serverTls({ certFile: server.cert, keyFile: server.key, asksPeers: true }, silentLog().log),
  })
  try {
    await new Promise<void>((resolve, reject) => {
      const shown = { ca: readFileSync(authority.ca), cert: readFileSync(own.cert), key: readFileSync(own.key), agent: false } as const
      httpsGet({ host: '127.0.0.1', port: asking.port, ...shown }, (response) => response.resume().on('end', resolve)).on('error', reject)
    })
    expect(seen).toEqual([[false, true]])
  } finally {
    setDefaultCACertificates(trusted)
    await asking.close(100)
  }
})

describe('certificates that are renewed', () => {
  it('are used once they fit; a pair that does not is left alone', async () => {
    const { log, lines } = silentLog()
    const files = authority.issue('renewed', { ip: ['127.0.0.1'] })
    const tls = serverTls({ certFile: files.cert, keyFile: files.key }, log)
    const applied: unknown[] = []
    tls.refresh((options) => applied.push(options.cert))
    expect(applied).toEqual([])
    const key = readFileSync(files.key)
    authority.issue('renewed', { ip: ['127.0.0.1'] })
    const fresh = readFileSync(files.key)
    writeFileSync(files.key, key)
    tls.refresh((options) => applied.push(options.cert))
    expect(applied).toEqual([])
    expect(lines.join('\n')).toContain('cannot be used')
    writeFileSync(files.key, fresh)
    tls.refresh((options) => applied.push(options.cert))
    expect(applied).toEqual([readFileSync(files.cert)])
  })
})
