// Every documented request, as it is and with one thing wrong.
import { describe, expect, it } from 'vitest'
import { answer, ask } from './asking.ts'
import { GOLDEN } from './golden-requests.ts'

describe('documented requests', () => {
  it.each(GOLDEN)('reads $what', ({ path, body, call }) => expect(answer(path, body)).toEqual({ kind: 'llm', ...call }))

  it.each(GOLDEN)('reads $what behind a prefix of the gateway', ({ path, body, call }) =>
    expect(answer(`/llm/team-a${path}`, body)).toEqual({ kind: 'llm', ...call }),
  )

  it.each(GOLDEN)('refuses $what once a member is not known', ({ path, body }) => {
    for (const value of ['x', [], {}])
      expect(answer(path, { ...Object(body), next_years_field: value })).toMatchObject({ reason: 'body_unreadable', detail: 'member_unknown' })
    // What can name nothing may stand.
    for (const value of [1, true, null]) expect(answer(path, { ...Object(body), next_years_field: value })).toMatchObject({ kind: 'llm' })
  })

  it.each(GOLDEN)('refuses $what once a second model stands beside it', ({ path, body }) => {
    for (const key of ['fallbacks', 'models', 'route', 'api_base', 'extra_body', 'provider', 'engine', 'tags'])
      expect(answer(path, { ...Object(body), [key]: ['x'] })).toMatchObject({ reason: 'body_unreadable', detail: 'second_model' })
  })

  it.each(GOLDEN)('refuses $what once stored state stands behind it', ({ path, body }) => {
    for (const previous_response_id of ['resp_1', '', false, 0, {}]) {
      expect(answer(path, { ...Object(body), previous_response_id })).toMatchObject({ reason: 'body_unreadable', detail: 'hidden_state' })
    }
    expect(answer(path, { ...Object(body), previous_response_id: null })).toMatchObject({ kind: 'llm' })
  })

  it.each(GOLDEN)('refuses $what once a switch turns on a search', ({ path, body }) => {
    expect(answer(path, { ...Object(body), enable_search: true })).toMatchObject({ detail: 'tool_switch' })
    expect(answer(path, { ...Object(body), Enable_Search: true })).toMatchObject({ reason: 'body_unreadable', problem: 'syntax' })
    expect(answer(path, { ...Object(body), enable_search: false })).toMatchObject({ kind: 'llm' })
  })

  it.each(GOLDEN)('refuses $what once a key folds onto one that is read', ({ path, body }) => {
    for (const key of ['Model', 'mo_del', 'MODEL', 'ſession_id', 'Fallbacks'])
      expect(answer(path, { ...Object(body), [key]: 1 })).toMatchObject({ reason: 'body_unreadable', problem: 'syntax' })
  })

  it.each(GOLDEN)('refuses $what once the query overrides it', ({ path, body }) => {
    const joined = path.includes('?') ? '&' : '?'
    for (const query of ['model=x', 'Model=x', 'model%5B%5D=x', 'fallbacks=x', 'previous_response_id=x'])
      expect(answer(`${path}${joined}${query}`, body)).toMatchObject({ reason: 'body_unreadable', detail: 'query' })
  })

  it.each(GOLDEN)('refuses $what once a header routes it', ({ path, body }) => {
    for (const header of ['x-portkey-config', 'X-LiteLLM-Tags', 'x_litellm_model', 'x-pass-anything', 'azureml-model-deployment', 'cf-aig-step'])
      expect(
        answer(path, body, {
          headers: [
            ['content-type', 'application/json'],
            [header, 'x'],
          ],
        }),
      ).toMatchObject({ reason: 'body_unreadable', detail: 'routing_header' })
  })

  it.each(GOLDEN)('tells the renderer that it was $what when the body could not be read', ({ path, call }) => {
    for (const raw of ['{', 'partial', 'absent'] as const) {
      expect(ask(path, undefined, { raw })).toMatchObject({
        ok: false,
        denial: { reason: 'body_unreadable' },
        unread: { resourceKind: 'llm', dialect: call.dialect },
      })
    }
    expect(ask(path, undefined, { method: 'GET', raw: 'absent' })).toMatchObject({ denial: { reason: 'method_unknown' }, unread: { dialect: call.dialect } })
  })
})
