// docs/llm-dialects.md against the dialects that are there.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DIALECTS } from '../../../src/read/llm/dialects.ts'

/** The formatter aligns tables; how wide a column is says nothing. */
const TEXT = readFileSync(new URL('../../../../../docs/llm-dialects.md', import.meta.url), 'utf8').replaceAll(/ +/g, ' ')
/** "The same below" two prefixes is said once. */
const SAID_ONCE = /^\/(?:publishers\/google|tunedModels)\//

describe('docs/llm-dialects.md', () => {
  it.each(DIALECTS.map(({ dialect, paths }) => ({ dialect, paths })))('lists the paths of $dialect', ({ dialect, paths }) => {
    expect(TEXT).toContain(`| \`${dialect}\` |`)
    for (const path of paths.filter((each) => !SAID_ONCE.test(each))) expect(TEXT).toContain(`\`${path}\``)
  })

  it('lists no dialect that is not there', () => {
    const listed = [...TEXT.matchAll(/^\| `([a-z_]+)` \| (?:POST|`\/|forms)/gm)].map(([, dialect]) => dialect)
    expect(new Set(listed)).toEqual(new Set(DIALECTS.map(({ dialect }) => dialect)))
  })
})
