// A finding in a few lines a person can paste into test/found.ts.
import type { Finding } from './run-differential.ts'

export function sayFinding({ request: { kind, method, path, headers, body }, disagreement }: Finding): string {
  const text = body.toString('utf8')
  const shown = Buffer.from(text, 'utf8').equals(body) ? JSON.stringify(text) : `Buffer.from('${body.toString('base64')}', 'base64')`
  return `${disagreement}\n  ${kind} ${method} ${path}\n  ${JSON.stringify(headers)}\n  ${shown}`
}
