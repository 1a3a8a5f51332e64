// The little of a Kubernetes client a test needs: documents applied as `kubectl apply --server-side` does, read back, removed; tokens of service accounts.
// Not a client for anything else: no watches, no retries but for kinds that are not served yet.
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

export interface ApiClient {
  /** Server-side apply, forced; `status`: of what a controller reports. Waits for a kind whose definition was only just applied. Throws with what the server said when it refuses. */
  apply(document: unknown, part?: 'status'): Promise<void>
  /** By its whole path, `/api/v1/namespaces/...`; undefined where there is none. */
  read(path: string): Promise<unknown>
  /** Of what is not there nothing is removed. */
  remove(document: unknown): Promise<void>
  /** A token of a service account (TokenRequest), for one audience, good for an hour. */
  tokenOf(account: { readonly namespace: string; readonly name: string }, audience: string): Promise<string>
  /** Resolves once the server says it is ready. */
  ready(withinMs: number): Promise<void>
}

export interface ApiAddress {
  readonly url: string
  readonly token: string
  /** PEM file. */
  readonly ca: string
}

const DOCUMENT = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
})
type KubernetesDocument = z.infer<typeof DOCUMENT>
const RESOURCES = z.object({ resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })) })
const TOKEN = z.object({ status: z.object({ token: z.string() }) })

const SERVED_WITHIN_MS = 30_000
const BETWEEN_TRIES_MS = 100
const ANSWER_WITHIN_MS = 60_000

/** What a file of several documents holds. */
export function documentsIn(text: string): readonly unknown[] {
  return parseAllDocuments(text).flatMap((document) => {
    const held: unknown = document.toJS()
    return held === null ? [] : [held]
  })
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly type?: string
  readonly body?: unknown
}

export function apiClient({ url, token, ca }: ApiAddress): ApiClient {
  const authority = readFileSync(ca)
  const send = ({ method, path, type = 'application/json', body }: Sent): Promise<{ readonly status: number; readonly text: string }> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': type, accept: 'application/json' }
      const sent = request(`${url}${path}`, { method, headers, ca: authority, agent: false, timeout: ANSWER_WITHIN_MS }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
      })
      sent.on('timeout', () => sent.destroy(new Error(`no answer from ${path}`)))
      sent.on('error', reject)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })

  const servedAs = async ({
    apiVersion,
    kind,
  }: KubernetesDocument): Promise<{ readonly base: string; readonly name: string; readonly namespaced: boolean }> => {
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
    for (const until = Date.now() + SERVED_WITHIN_MS; ;) {
      const { status, text } = await send({ method: 'GET', path: base })
      const listed = status === 200 ? RESOURCES.parse(JSON.parse(text)).resources : []
      const found = listed.find((each) => each.kind === kind && !each.name.includes('/'))
      if (found !== undefined) return { base, ...found }
      if (Date.now() > until) throw new Error(`the API does not serve ${kind} of ${apiVersion}`)
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS))
    }
  }
  const pathOf = async (document: KubernetesDocument): Promise<string> => {
    const { base, name, namespaced } = await servedAs(document)
    const within = namespaced ? `/namespaces/${document.metadata.namespace ?? 'default'}` : ''
    return `${base}${within}/${name}/${document.metadata.name}`
  }

  return {
    async apply(unread, part) {
      const document = DOCUMENT.parse(unread)
      const path = `${await pathOf(document)}${part === undefined ? '' : `/${part}`}?fieldManager=interop&force=true`
      const { status, text } = await send({ method: 'PATCH', path, type: 'application/apply-patch+yaml', body: document })
      if (status >= 300) throw new Error(`${document.kind} ${document.metadata.name} was refused: ${text}`)
    },
    async read(path) {
      const { status, text } = await send({ method: 'GET', path })
      if (status === 404) return undefined
      if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`)
      const read: unknown = JSON.parse(text)
      return read
    },
    async remove(unread) {
      const { status, text } = await send({ method: 'DELETE', path: await pathOf(DOCUMENT.parse(unread)) })
      if (status >= 300 && status !== 404) throw new Error(`could not be removed: ${text}`)
    },
    async tokenOf({ namespace, name }, audience) {
      const { status, text } = await send({
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [audience], expirationSeconds: 3600 } },
      })
      if (status !== 201) throw new Error(`no token for ${name}: ${text}`)
      return TOKEN.parse(JSON.parse(text)).status.token
    },
    async ready(withinMs) {
      for (const until = Date.now() + withinMs; ;) {
        const answered = await send({ method: 'GET', path: '/readyz' }).then(
          ({ status }) => status === 200,
          () => false,
        )
        if (answered) return
        if (Date.now() > until) throw new Error('the Kubernetes API is not ready')
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS))
      }
    },
  }
}
