// multipart/form-data: what it is read as, and every trick that makes two parsers see two forms.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testResource } from '@bailiwick/kit/test-resource'
import { readCall } from '../../../src/read/read-call.ts'
import { denialOf, http, withHeaders } from '../fixtures.ts'
import { askForm, AUDIO, BOUNDARY, formText } from './asking.ts'
import type { Field } from './asking.ts'

const PATH = '/v1/audio/transcriptions'
const MODEL: Field = { name: 'model', value: 'whisper-1' }
const VALID = formText([AUDIO, MODEL])
const field = (name: string, value: string): Field => ({ name, value })
const withFields = (...fields: readonly Field[]): Readonly<Record<string, unknown>> => askForm(PATH, formText([AUDIO, MODEL, ...fields]))
const withHead = (head: string, value: string = 'whisper-1'): Readonly<Record<string, unknown>> => askForm(PATH, formText([AUDIO, { name: '', value, head }]))
const DISPOSITION = 'Content-Disposition: form-data; name="model"'

describe('forms as clients send them', () => {
  it.each([
    ['/v1/audio/transcriptions', 'openai_audio', 'transcription'],
    ['/v1/audio/translations', 'openai_audio', 'transcription'],
    ['/v1/images/variations', 'openai_images', 'image'],
    ['/v1/images/edits', 'openai_images', 'image'],
  ])('reads %s', (path, dialect, operation) => {
    const file = operation === 'image' ? { ...AUDIO, head: AUDIO.head?.replace('"file"', '"image"') ?? '' } : AUDIO
    expect(askForm(path, formText([file, MODEL]))).toEqual({ kind: 'llm', dialect, operation, model: 'whisper-1', tools: [], stream: false })
  })

  it('takes several images, known fields, and whether it streams', () => {
    const image = (n: number): Field => ({
      name: '',
      value: `${n}`,
      head: `Content-Disposition: form-data; name="image[]"; filename="${n}.png"\r\nContent-Type: image/png`,
    })
    const fields = [field('prompt', 'An otter, größer'), field('n', '2'), field('stream', 'true'), field('moderation', 'low')]
    expect(askForm('/v1/images/edits', formText([image(1), image(2), MODEL, ...fields]))).toMatchObject({ kind: 'llm', stream: true })
    expect(
      withFields(
        field('timestamp_granularities[]', 'word'),
        field('timestamp_granularities[]', 'segment'),
        field('temperature', '0.2'),
        field('stream', 'false'),
      ),
    ).toMatchObject({ kind: 'llm' })
  })

  it.each([`multipart/form-data; boundary=${BOUNDARY}`, `Multipart/Form-Data;boundary=${BOUNDARY}`, `multipart/form-data; boundary="${BOUNDARY}"`])(
    'takes the media type %s',
    (type) => expect(askForm(PATH, VALID, type)).toMatchObject({ kind: 'llm' }),
  )

  it.each(['----WebKitFormBoundaryAbC123', '------------------------a1b2', '0f9e8d7c', 'a.b_c+d'])('takes the boundary %s', (boundary) => {
    expect(askForm(PATH, formText([AUDIO, MODEL], boundary), `multipart/form-data; boundary=${boundary}`)).toMatchObject({ kind: 'llm' })
  })

  it.each([
    DISPOSITION,
    `content-disposition: form-data; name="model"`,
    `${DISPOSITION}\r\nContent-Type: text/plain`,
    `${DISPOSITION}\r\nContent-Type: text/plain; charset=utf-8`,
    `Content-Type: text/plain; charset=UTF-8\r\n${DISPOSITION}`,
    `${DISPOSITION}\r\nContent-Length: 9`,
    `${DISPOSITION}\r\nContent-Transfer-Encoding: 8bit`,
  ])('takes the part head %j', (head) => expect(withHead(head)).toMatchObject({ model: 'whisper-1' }))

  it('takes a form without a line end behind its end', () => expect(askForm(PATH, VALID.slice(0, -2))).toMatchObject({ kind: 'llm' }))
})

describe('the model field', () => {
  it('is there exactly once', () => {
    expect(askForm(PATH, formText([AUDIO]))).toMatchObject({ reason: 'body_unreadable', detail: 'model' })
    expect(askForm(PATH, formText([MODEL, AUDIO, { ...MODEL, value: 'other' }]))).toMatchObject({ detail: 'field_twice' })
    expect(askForm(PATH, formText([MODEL, AUDIO, MODEL]))).toMatchObject({ detail: 'field_twice' })
  })

  it.each(['', 'a,b', 'whisper-1\r\n', ' whisper-1', 'true', '1', 'whisper\u00e9', '\ufeffwhisper-1'])('is not %j', (value) => {
    expect(askForm(PATH, formText([AUDIO, { name: 'model', value }]))).toMatchObject({ reason: 'body_unreadable', detail: 'model' })
  })

  it.each([
    'Model',
    'MODEL',
    'mo_del',
    'model[]',
    'model[0]',
    'model.id',
    'Stream',
    'stream[]',
    'fallbacks',
    'Fallbacks',
    'fallbacks[]',
    'extra_body[model]',
    'tags[]',
    '__proto__',
  ])('does not stand beside one called %s', (name) => {
    for (const value of ['other', '1', 'true']) expect(withFields(field(name, value))).toMatchObject({ reason: 'body_unreadable' })
  })

  it.each([
    [`${DISPOSITION}; filename="model.txt"`, 'field_text'],
    [`${DISPOSITION}\r\nContent-Type: application/json`, 'field_text'],
    [`${DISPOSITION}\r\nContent-Type: text/plain; charset=utf-16`, 'field_text'],
    [`${DISPOSITION}\r\nContent-Type: text/plain; charset=utf-7`, 'field_text'],
    ['Content-Disposition: form-data; name="prompt"; filename="p.txt"', 'field_text'],
  ])('is not a part with the head %j', (head, detail) => expect(withHead(head)).toMatchObject({ reason: 'body_unreadable', detail }))

  it('is UTF-8', () => {
    const raw = Buffer.concat([
      Buffer.from(VALID.slice(0, VALID.indexOf('whisper-1'))),
      Buffer.from([0xff]),
      Buffer.from(VALID.slice(VALID.indexOf('whisper-1') + 1)),
    ])
    expect(askForm(PATH, raw)).toMatchObject({ detail: 'field_text' })
  })
})

describe('fields', () => {
  it('are known, or numbers and booleans', () => {
    for (const value of ['x', '{}', '', '1e5', '007', 'True']) expect(withFields(field('next_years_field', value))).toMatchObject({ detail: 'member_unknown' })
    for (const value of ['1', '-0.5', 'true']) expect(withFields(field('next_years_field', value))).toMatchObject({ kind: 'llm' })
    expect(withFields(field('tools', '[]'))).toMatchObject({ detail: 'member_unknown' })
    expect(withFields(field('enable_search', 'true'))).toMatchObject({ detail: 'tool_switch' })
    expect(withFields(field('previous_response_id', 'x'))).toMatchObject({ detail: 'hidden_state' })
    expect(withFields(field('_charset_', 'utf-7'))).toMatchObject({ detail: 'member_unknown' })
  })

  it.each(['True', '1', 'yes', ''])('do not say "stream" with %j', (value) => expect(withFields(field('stream', value))).toMatchObject({ detail: 'stream' }))

  it('are of bounded number and size', () => {
    expect(withFields(...Array.from({ length: 300 }, (_, i) => field(`n${i}`, '1')))).toMatchObject({ problem: 'syntax', detail: 'multipart' })
    const outcome = readCall(
      testResource('llm', { maxBodyBytes: 4 << 20 }),
      http({
        path: PATH,
        raw: formText([AUDIO, MODEL, field('prompt', 'x'.repeat((1 << 20) + 1))]),
        headers: [['content-type', `multipart/form-data; boundary=${BOUNDARY}`]],
      }),
    )
    expect(denialOf(outcome)).toMatchObject({ detail: 'field_text' })
  })
})

describe('parts that parsers read differently', () => {
  it.each([
    ['a folded header', `Content-Disposition: form-data;\r\n name="model"`],
    ['a header behind a folded one', `${DISPOSITION}\r\n\tfilename="x"`],
    ['a second disposition', `${DISPOSITION}\r\nContent-Disposition: form-data; name="prompt"`],
    ['a second type', `${DISPOSITION}\r\nContent-Type: text/plain\r\nContent-Type: text/plain`],
    ['an unknown header', `${DISPOSITION}\r\nX-Name: model`],
    ['a space before the colon', `Content-Disposition : form-data; name="model"`],
    ['no disposition', 'Content-Type: text/plain'],
    ['another disposition', 'Content-Disposition: attachment; name="model"'],
    ['an unquoted name', 'Content-Disposition: form-data; name=model'],
    ['an escaped name', 'Content-Disposition: form-data; name="mo\\del"'],
    ['a percent-encoded name', 'Content-Disposition: form-data; name="mo%64el"'],
    ['an extended name', `Content-Disposition: form-data; name*=utf-8''model`],
    ['two names', 'Content-Disposition: form-data; name="prompt"; name="model"'],
    ['an extended file name', `Content-Disposition: form-data; name="file"; filename="a"; filename*=utf-8''b`],
    ['a file name first', 'Content-Disposition: form-data; filename="a"; name="model"'],
    ['a name inside a file name', 'Content-Disposition: form-data; name="file"; filename="a; name=model"'],
    ['a quote inside a file name', 'Content-Disposition: form-data; name="file"; filename="a"; name="model"'],
    ['an escape inside a file name', 'Content-Disposition: form-data; name="file"; filename="a\\"; name=model"'],
    ['a control character', 'Content-Disposition: form-data; name="file"; filename="a\u0000b"'],
    ['a bare line feed', `${DISPOSITION}\nContent-Type: text/plain`],
    ['a bare carriage return', `${DISPOSITION}\rContent-Type: text/plain`],
    ['base64', `${DISPOSITION}\r\nContent-Transfer-Encoding: base64`],
    ['quoted-printable', `${DISPOSITION}\r\nContent-Transfer-Encoding: quoted-printable`],
    ['a form within the form', 'Content-Disposition: form-data; name="file"\r\nContent-Type: multipart/mixed; boundary=b'],
    ['a message within the form', 'Content-Disposition: form-data; name="file"\r\nContent-Type: message/rfc822'],
    ['a wrong length', `${DISPOSITION}\r\nContent-Length: 8`],
    ['an empty name', 'Content-Disposition: form-data; name=""'],
    ['a long head', `${DISPOSITION}\r\nContent-Type: text/plain; x=${'a'.repeat(2000)}`],
  ])('refuses %s', (_what, head) => expect(withHead(head)).toMatchObject({ reason: 'body_unreadable', problem: 'syntax', detail: 'multipart' }))

  const other = formText([{ ...MODEL, value: 'other' }])
  it.each([
    ['a preamble', `preamble\r\n${VALID}`],
    ['a preamble in place of the first boundary', `${'x'.repeat(BOUNDARY.length + 2)}${VALID.slice(BOUNDARY.length + 2)}`],
    ['a line end before it', `\r\n${VALID}`],
    ['an epilogue', `${VALID}epilogue`],
    ['two line ends behind it', `${VALID}\r\n`],
    ['a second form behind it', `${VALID}${other}`],
    ['no end', VALID.slice(0, VALID.lastIndexOf('--'))],
    ['no end at all', VALID.slice(0, VALID.lastIndexOf(`--${BOUNDARY}`))],
    ['nothing but its end', `--${BOUNDARY}--\r\n`],
    ['an end before its end', VALID.replace(`--${BOUNDARY}\r\n${DISPOSITION}`, `--${BOUNDARY}--\r\n${DISPOSITION}`)],
    ['spaces behind a boundary', VALID.replace(`--${BOUNDARY}\r\n`, `--${BOUNDARY} \r\n`)],
    ['a boundary with more behind it', VALID.replace('RIFF', `RIFF\r\n--${BOUNDARY}X\r\n${DISPOSITION}\r\n\r\nother`)],
    ['a boundary behind a bare line feed', VALID.replace('RIFF', `RIFF\n--${BOUNDARY}\n${DISPOSITION}\n\nother\n`)],
    ['a boundary within a line', VALID.replace('RIFF', `RIFF --${BOUNDARY}`)],
    ['bare line feeds', VALID.replaceAll('\r\n', '\n')],
    ['a part without a blank line', formText([MODEL]).replace('\r\n\r\n', '\r\n')],
    ['another boundary', formText([AUDIO, MODEL], 'other')],
    ['nothing', ' '],
  ])('refuses %s', (_what, raw) => expect(askForm(PATH, raw)).toMatchObject({ reason: 'body_unreadable', problem: 'syntax', detail: 'multipart' }))

  it.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=""',
    `multipart/form-data; boundary=${BOUNDARY}; boundary=other`,
    `multipart/form-data; boundary=${BOUNDARY}; charset=utf-16`,
    `multipart/form-data; charset=utf-8; boundary=${BOUNDARY}`,
    `multipart/form-data; boundary="${BOUNDARY}`,
    `multipart/form-data; boundary=${'a'.repeat(71)}`,
    `multipart/form-data; boundary=a b`,
    `multipart/form-data; boundary="a b"`,
    `multipart/form-data, multipart/form-data; boundary=${BOUNDARY}`,
    `multipart/mixed; boundary=${BOUNDARY}`,
    'application/x-www-form-urlencoded',
    'application/json',
  ])('refuses the media type %s', (type) => expect(askForm(PATH, VALID, type)).toMatchObject({ reason: 'body_unreadable', detail: 'media_type' }))
})

describe('transport', () => {
  const sent = (raw: string, ...headers: readonly (readonly [string, string])[]): Readonly<Record<string, unknown>> =>
    denialOf(
      readCall(
        testResource('llm'),
        http({
          path: PATH,
          raw,
          headers: [...withHeaders(...headers).filter(([name]) => name !== 'content-type'), ['content-type', `multipart/form-data; boundary=${BOUNDARY}`]],
        }),
      ),
    )
  const length = Buffer.byteLength(VALID)

  it('is checked as for JSON', () => {
    expect(sent(VALID, ['content-length', String(length)])).toHaveProperty('allowed')
    expect(sent(VALID, ['content-length', String(length + 1)])).toMatchObject({ problem: 'partial' })
    expect(sent(VALID, ['content-length', String(length - 1)])).toMatchObject({ detail: 'content_length' })
    expect(sent(VALID, ['content-encoding', 'gzip'])).toMatchObject({ problem: 'encoding' })
    expect(sent('partial')).toMatchObject({ problem: 'partial' })
    expect(sent('absent')).toMatchObject({ detail: 'body_absent' })
    expect(sent('', ['content-length', '5'])).toMatchObject({ problem: 'partial', detail: 'body_not_forwarded' })
    expect(sent('absent', ['transfer-encoding', 'chunked'])).toMatchObject({ problem: 'partial', detail: 'body_not_forwarded' })
    const small = readCall(
      testResource('llm', { maxBodyBytes: length - 1 }),
      http({ path: PATH, raw: VALID, headers: [['content-type', `multipart/form-data; boundary=${BOUNDARY}`]] }),
    )
    expect(denialOf(small)).toMatchObject({ problem: 'too_large' })
  })

  it('refuses JSON where a form belongs, and a form where JSON belongs', () => {
    expect(askForm('/v1/chat/completions', VALID)).toMatchObject({ detail: 'media_type' })
  })
})

describe('a form that is accepted', () => {
  // A lenient parser: any line end, prefix of the boundary, last value wins.
  const lenient = (raw: string): ReadonlyMap<string, string> => {
    const found = new Map<string, string>()
    for (const part of raw.split(new RegExp(`(?:^|\\r?\\n)[ \\t]*--${BOUNDARY}[^\\r\\n]*(?:\\r?\\n|$)`))) {
      const [head = '', ...content] = part.split(/\r?\n\r?\n/)
      for (const [, name = ''] of head.matchAll(/[;\s]name="?([^";\s]+)"?/gi)) found.set(name.toLowerCase(), content.join('\r\n\r\n').replace(/\r?\n$/, ''))
    }
    return found
  }
  const damage = fc.record({
    at: fc.nat(),
    cut: fc.nat({ max: 3 }),
    put: fc.constantFrom(
      '',
      '\r\n',
      '\n',
      '"',
      ';',
      '--',
      ' ',
      ':',
      `--${BOUNDARY}`,
      `\r\n--${BOUNDARY}\r\n${DISPOSITION}\r\n\r\nother`,
      '; name="model"',
      'é',
      '\u0000',
    ),
  })

  it('names the model that a lenient parser finds, whatever was done to it', () => {
    let accepted = 0
    fc.assert(
      fc.property(fc.array(damage, { maxLength: 2 }), (damages) => {
        const raw = damages.reduce((text, { at, cut, put }) => text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + cut), VALID)
        const call = askForm(PATH, raw)
        if (call['kind'] !== 'llm') return
        accepted++
        expect(call['model']).toBe(lenient(raw).get('model'))
      }),
      { numRuns: 2000 },
    )
    expect(accepted).toBeGreaterThan(0)
  })
})
