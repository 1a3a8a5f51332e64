// What every command does with an answer that is not a success, and with the operator's token.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { json, OPERATOR_TOKEN, startFakeBailiwick } from './fake-bailiwick.ts'
import type { FakeBailiwick } from './fake-bailiwick.ts'
import { run } from './run.ts'

let fake: FakeBailiwick
beforeAll(async () => {
  fake = await startFakeBailiwick()
})
afterAll(() => fake.close())

const DENIED = {
  detail: 'A hold is lifted by somebody else.',
  reason: 'policy_denied',
  decision_id: 'dec_1',
  remediation: { type: 'second_operator', who: 'second' },
}

describe('a refusal', () => {
  it.each([
    [401, 3],
    [403, 3],
    [409, 1],
    [503, 4],
  ])('%i exits %i', async (status, code) => {
    fake.answers(json(status, DENIED))
    expect(await fake.cli(['hold', 'lift', 'rev_1'])).toMatchObject({ code, out: '' })
  })

  it('is shown with reason, sentence, remediation and decision', async () => {
    fake.answers(json(403, DENIED))
    expect((await fake.cli(['hold', 'lift', 'rev_1'])).err).toBe(
      [
        'denied  policy_denied',
        '  why          A hold is lifted by somebody else.',
        '  remediation  type: second_operator, who: second',
        '  decision     dec_1',
        '               bailiwick decisions show dec_1',
        '',
      ].join('\n'),
    )
  })

  it('is one JSON object on stderr with --json', async () => {
    fake.answers(json(403, DENIED))
    const { out, err } = await fake.cli(['hold', 'lift', 'rev_1', '--json'])
    expect(out).toBe('')
    expect(JSON.parse(err)).toEqual({
      error: { message: DENIED.detail, exit_code: 3, reason: 'policy_denied', remediation: DENIED.remediation, decision_id: 'dec_1' },
    })
  })

  it('may not move the cursor or change the colours of the terminal', async () => {
    fake.answers(json(403, { ...DENIED, detail: 'a\u001b[2Jb\u202ec', remediation: { 'x\u001b[31m': '\r\nforged' } }))
    const { err } = await fake.cli(['hold', 'lift', 'rev_1'])
    expect(err).not.toMatch(/[\u001b\u202e\r]/)
    expect(err.split('\n')).toHaveLength(6)
  })

  it('404 says that the id is unknown, and is no denial', async () => {
    fake.answers(json(404, { detail: 'The resource of this call is not known here.', reason: 'resource_unknown' }))
    expect(await fake.cli(['task', 'show', 'task_1'])).toMatchObject({ code: 1, err: expect.stringContaining('knows nothing by that id') })
  })

  it('of a malformed request names the field', async () => {
    fake.answers(json(400, { detail: 'The request is malformed.', reason: 'request_malformed', field: 'cursor' }))
    expect(await fake.cli(['task', 'list', '--cursor', 'x'])).toMatchObject({ code: 1, err: expect.stringMatching(/field\s+cursor/) })
  })
})

describe('an answer that is none', () => {
  it('of a server that is not there exits 4', async () => {
    const ran = await run(['task', 'list', '--url', 'http://127.0.0.1:1', '--token-file', fake.file('t', OPERATOR_TOKEN)])
    expect(ran).toMatchObject({ code: 4, err: expect.stringContaining('cannot reach http://127.0.0.1:1') })
  })

  it('that is no JSON is a failure', async () => {
    fake.answers((_request, response) => response.end('<html>'))
    expect(await fake.cli(['task', 'list'])).toMatchObject({ code: 1, err: expect.stringContaining('not JSON') })
  })

  it('of nothing that can be read is said to be unknown, not failed', async () => {
    const timeout = Object.assign(new Error('timed out'), { name: 'TimeoutError' })
    const ran = await fake.cli(['revoke', 'everything', '--reason', 'x'], { fetch: () => Promise.reject(timeout) })
    expect(ran).toMatchObject({ code: 4, err: expect.stringContaining('whether the act happened is not known') })
  })

  it('that is a redirect is not followed: the token stays here', async () => {
    fake.answers((_request, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end())
    expect(await fake.cli(['revoke', 'task', 'task_1', '--reason', 'x'])).toMatchObject({ code: 4 })
    expect(fake.seen).toHaveLength(1)
  })

  it('that never ends is cut', async () => {
    fake.answers((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const chunk = Buffer.alloc(1024 * 1024, ' ')
      const write = (): void => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', write)
      }
      write()
    })
    expect(await fake.cli(['task', 'list'])).toMatchObject({ code: 1, err: expect.stringContaining('too large') })
  })
})

describe('the operator token', () => {
  it.each(['http://bailiwick.example.com', 'http://127.0.0.1.example.com', 'http://10.0.0.1:8420'])('is never sent in clear to %s', async (url) => {
    const ran = await run(['task', 'list', '--url', url, '--token-file', fake.file('t', OPERATOR_TOKEN)])
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('use https') })
  })

  it.each(['ftp://127.0.0.1', 'http://user:secret@127.0.0.1', 'nonsense'])('is not sent to %s', async (url) => {
    const ran = await run(['task', 'list', '--url', url, '--token-file', fake.file('t', OPERATOR_TOKEN)])
    expect(ran).toMatchObject({ code: 2, err: expect.not.stringContaining('secret') })
  })

  it('is not read from a file others can read', async () => {
    fake.answers(json(200, { items: [] }))
    const ran = await run(['task', 'list', '--url', fake.url, '--token-file', fake.file('open.token', OPERATOR_TOKEN, 0o644)])
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('chmod 600') })
    expect(fake.seen).toEqual([])
  })
})
