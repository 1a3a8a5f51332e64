// The small forms settings are made of. Every message completes "expected ...".
import { z } from 'zod'
import { DURATION, SIZE, parseDuration, parseSize } from '../units.ts'

const MAX_TEXT = 2048

export const text = (expected: string, form: RegExp = /^[^\p{Cc}]+$/u): z.ZodString =>
  z.string(expected).min(1, expected).max(MAX_TEXT, `${expected}, at most ${MAX_TEXT} characters`).regex(form, expected)

/** Integer seconds from `10m`; whole seconds only. */
export function seconds(min: string, max: string): z.ZodType<number, string> {
  return duration(min, max, (ms) => ms % 1000 === 0).transform((ms) => ms / 1000)
}

/** Milliseconds from `250ms`. */
export function milliseconds(min: string, max: string): z.ZodType<number, string> {
  return duration(min, max, () => true)
}

function duration(min: string, max: string, fits: (ms: number) => boolean): z.ZodType<number, string> {
  const expected = `a duration between ${min} and ${max}, such as ${max}: a whole number and ms, s, m, h or d`
  const least = parseDuration(min) ?? 0
  const most = parseDuration(max) ?? 0
  return z
    .string(expected)
    .regex(DURATION, expected)
    .transform((written) => parseDuration(written) ?? -1)
    .refine((ms) => ms >= least && ms <= most && fits(ms), expected)
}

/** Bytes from `1MiB`. */
export function bytes(min: string, max: string): z.ZodType<number, string> {
  const expected = `a size between ${min} and ${max}, such as ${max}: a whole number and B, KiB, MiB or GiB`
  const least = parseSize(min) ?? 0
  const most = parseSize(max) ?? 0
  return z
    .string(expected)
    .regex(SIZE, expected)
    .transform((written) => parseSize(written) ?? -1)
    .refine((size) => size >= least && size <= most, expected)
}

/** A strict object. The known keys travel as the message of an unknown one, so that the nearest can be suggested. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(' ')
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? known : undefined) })
}

export const list = <Item extends z.ZodType>(item: Item, most: number): z.ZodArray<Item> => z.array(item).max(most, `at most ${most} entries`)

export const path = text('a path')
export const resourceName = text('a resource name: lower-case letters, digits and -, starting with a letter', /^[a-z][a-z0-9-]{0,62}$/)
export const clientId = text('a client id: letters, digits, . _ and -, starting with a letter or digit', /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/)
export const nodeId = text('a node id: letters, digits, . _ and -, starting with a letter or digit', /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/)
export const plainName = text('a name: lower-case letters, digits and -, starting with a letter', /^[a-z][a-z0-9-]{0,62}$/)
export const alias = text('an alias: lower-case letters, digits and -, starting with a letter, at most 32', /^[a-z][a-z0-9-]{0,31}$/)
export const scope = text('an OAuth scope without spaces, quotes or backslashes', /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/)
export const attributeName = text('an attribute name: letters, digits and _, starting with a letter', /^[A-Za-z][A-Za-z0-9_]{0,63}$/)
export const attributePath = text('a path of attribute names joined by dots', /^[A-Za-z_][\w:-]*(\.[A-Za-z_][\w:-]*){0,8}$/)
export const spiffeId = text('a SPIFFE ID such as spiffe://example.org/agent/triage', /^spiffe:\/\/[a-z0-9._-]{1,255}(\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/)
export const trustDomain = text('a SPIFFE trust domain such as example.org', /^[a-z0-9._-]{1,255}$/)
export const httpUrl = text('an absolute http or https URL', /^https?:\/\/[^\s]+$/)
export const scalarValue = z.union([z.string().max(MAX_TEXT), z.number(), z.boolean(), z.null()], 'a text, a number, true, false or null')
