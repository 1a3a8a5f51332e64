// What a request says its body is. Exactly one Content-Type, of exactly this type, in UTF-8 or unsaid. Pure.
import type { IncomingMessage } from 'node:http'

export function hasMediaType(request: IncomingMessage, mediaType: string): boolean {
  // Node keeps the first of two; another parser may keep the last.
  const sent = request.headersDistinct['content-type']
  if (sent === undefined || sent.length !== 1 || sent[0] === undefined) return false
  const [type, ...parameters] = sent[0].split(';').map((part) => part.trim().toLowerCase())
  return type === mediaType && parameters.every((parameter) => parameter === 'charset=utf-8' || parameter === 'charset="utf-8"')
}
