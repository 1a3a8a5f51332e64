// What the official TypeScript clients make of every answer a gateway could give. The Python clients are peers of npm run interop.
import { describe, expect, it } from 'vitest'
import { ANSWERS } from '../src/mcp-clients/answers.ts'
import { observe, WITHOUT_SESSIONS } from '../src/mcp-clients/observe.ts'
import { typescript1, typescript2 } from '../src/mcp-clients/typescript.ts'

describe.concurrent('the TypeScript 1.x client', () => {
  it.each(ANSWERS)('makes of $what what is written down', async (answer) => {
    expect(await observe(typescript1, answer, 'legacy')).toEqual(answer.effects.typescript1)
  })
})

describe.concurrent('the TypeScript 2.x client', () => {
  it.each(ANSWERS)('makes of $what what is written down', async (answer) => {
    expect(await observe(typescript2, answer, 'legacy')).toEqual(answer.effects.typescript2)
  })

  it.each(WITHOUT_SESSIONS)('makes of $what the same without a session, in 2026-07-28', async (answer) => {
    expect(await observe(typescript2, answer, 'auto')).toEqual(answer.effects.typescript2)
  })
})
