// The model in the path: Azure's deployments, and whatever gateway copied them.
import { describe, expect, it } from 'vitest'
import { answer, askForm, AUDIO, formText } from './asking.ts'

const body = { messages: [{ role: 'user', content: 'hi' }] }
const at = (deployment: string): string => `/openai/deployments/${deployment}/chat/completions`

describe('deployments', () => {
  it.each([undefined, 'gpt-4o'])('names the deployment, where the body names %s', (model) => {
    expect(answer(at('gpt-4o'), { ...body, model })).toMatchObject({ model: 'gpt-4o' })
  })

  it.each(['gpt-4o-mini', 'GPT-4o', '', null, ['gpt-4o'], 'gpt-4o '])('refuses a body that names %j instead', (model) => {
    expect(answer(at('gpt-4o'), { ...body, model })).toMatchObject({ reason: 'body_unreadable', detail: 'model' })
  })

  it.each(['gpt-4o%2Cgpt-4', 'a%20b', '%C3%A9', 'a,b', "a'b", '-a', 'a%3Db'])('refuses the deployment %s', (deployment) => {
    expect(answer(at(deployment), body)).toMatchObject({ reason: 'body_unreadable', detail: 'model' })
  })

  it.each(['a%2Fb', 'a%252Fb', 'a%2fb', '%67pt', 'a%5Cb', '..', '%2E%2E', 'a%', '', 'a%00'])('refuses the path with %s', (deployment) => {
    expect(answer(at(deployment), body)).toMatchObject({ reason: 'body_unreadable', detail: 'path' })
  })

  it('is decoded once', () => expect(answer(at('claude%40x'), body)).toMatchObject({ model: 'claude@x' }))

  it('reads the same in a form', () => {
    const path = '/openai/deployments/whisper/audio/transcriptions?api-version=2024-10-21'
    expect(askForm(path, formText([AUDIO]))).toMatchObject({ model: 'whisper', operation: 'transcription' })
    expect(askForm(path, formText([AUDIO, { name: 'model', value: 'whisper' }]))).toMatchObject({ model: 'whisper' })
    expect(askForm(path, formText([AUDIO, { name: 'model', value: 'other' }]))).toMatchObject({ detail: 'model' })
  })
})
