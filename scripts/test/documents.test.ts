// What documents say of the repository: that of this one is so, and each way of being wrong is noticed.
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { checkDocuments, documentProblems } from '../check-documents.ts'
import type { Repository } from '../check-documents.ts'

const FILES: Readonly<Record<string, string>> = {
  'README.md': '',
  'docs/two-walks.md': '# The two walks\n\n```\n# not a heading\n```\n\n## `decide`, step by step\n\n## The two walks\n',
  'services/enrichment/src/decide/read-call.ts': '',
  'services/enrichment/src/decide/steps/a.ts': '',
  'test/races.test.ts': "it('denies what was revoked meanwhile', ...)",
}
const repository: Repository = { files: Object.keys(FILES), read: (file) => FILES[file] ?? '', scripts: ['start', 'verify:kill-switch'] }
const problems = (text: string, file = 'README.md'): readonly string[] => documentProblems({ file, text }, repository)

it('holds for every document here', () => {
  expect(checkDocuments(fileURLToPath(new URL('../..', import.meta.url)))).toEqual([])
})

describe('a document', () => {
  it.each([
    ['a link to a file', '[walks](docs/two-walks.md)'],
    ['a link to a heading', '[walks](docs/two-walks.md#decide-step-by-step)'],
    ['a link to the second heading of a name', '[walks](docs/two-walks.md#the-two-walks-1)'],
    ['a link elsewhere, which is not followed', '[x](https://example.com/nowhere.md)'],
    ['the end of a path', '`decide/read-call.ts` and `read-call.ts`'],
    ['a pattern', '`services/*/src/decide/{read-call,nothing}.ts`'],
    ['a test by its name', '`test/races.test.ts`: "denies what was revoked meanwhile"'],
    ['a script', 'npm run verify:kill-switch, `npm run --silent start`'],
    ['a file of the reader', '`bailiwick.yaml`, `/etc/bailiwick/bailiwick.yaml`, `./directory.yaml`'],
    ['whatever stands in a block of code', '```\n[x](nowhere.md) `nowhere.ts`\n```'],
  ])('may hold %s', (_name, text) => expect(problems(text)).toEqual([]))

  it.each([
    ['[walks](docs/walks.md)', 'README.md  links to docs/walks.md, which is not there'],
    ['[walks](docs/two-walks.md#not-a-heading)', 'README.md  links to docs/two-walks.md#not-a-heading, where no heading is called that'],
    ['[here](#nothing)', 'README.md  links to #nothing, where no heading is called that'],
    ['`decide/read-answer.ts`', 'README.md  names decide/read-answer.ts, which is not there'],
    ['`ad-call.ts`', 'README.md  names ad-call.ts, which is not there'],
    ['`services/*/src/decide/nothing.ts`', 'README.md  names services/*/src/decide/nothing.ts, which is not there'],
    ['`test/races.test.ts`: "denies"; `races.test.ts`: "allows"', 'README.md  says that races.test.ts has the test "allows"'],
    ['```\n$ npm run verify\n```', 'README.md  package.json has no script verify'],
  ])('may not say %j', (text, problem) => expect(problems(text)).toEqual([problem]))

  it('is read from the folder it is in', () => {
    expect(problems('[up](../README.md)', 'docs/two-walks.md')).toEqual([])
    expect(problems('[up](README.md)', 'docs/two-walks.md')).toEqual(['docs/two-walks.md  links to README.md, which is not there'])
  })
})
