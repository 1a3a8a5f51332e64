// Where a token may be sent at all: https, or http to this machine. Names are not resolved. Pure.
import { BailiwickMisconfigured } from './errors.ts'

/** 127.0.0.0/8, ::1 and `localhost`, as the URL parser spells them. */
export function isSecure(url: URL): boolean {
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && (url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(url.hostname))
}

/** The issuer identifier as the base of its endpoints, without a trailing slash. */
export function issuerBase(issuer: string): string {
  const url = URL.parse(issuer)
  if (url === null || url.username !== '' || url.password !== '' || /[?#]/.test(issuer) || !isSecure(url)) {
    throw new BailiwickMisconfigured('issuer', '"issuer" must be an https URL without user, query and fragment; http only for this machine')
  }
  return url.href.replace(/\/$/, '')
}
