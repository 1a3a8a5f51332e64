// What documents say is there, is there: the files they name, the tests they quote, the pages and headings they link to.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const documents = ['.', 'docs', 'docs/decisions', 'gateways', ...readdirSync(join(root, 'gateways')).map((name) => `gateways/${name}`), 'policies'].flatMap(
  (folder) =>
    existsSync(join(root, folder)) && statSync(join(root, folder)).isDirectory()
      ? readdirSync(join(root, folder))
          .filter((name) => name.endsWith('.md'))
          .map((name) => join(folder, name))
      : [],
)
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')
/** Without fenced blocks: what stands in them was printed, not said. */
const proseOf = (file: string): string => textOf(file).replaceAll(/^```[\s\S]*?^```$/gm, '')

/** As GitHub makes it of a heading. */
function anchorsOf(file: string): readonly string[] {
  return [...proseOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe.each(documents)('%s', (file) => {
  it('names no file that is not there', () => {
    const named = [...proseOf(file).matchAll(/`((?:packages|services|examples|test|policies|gateways|scripts|docs|bench)\/[A-Za-z0-9._/-]+)`/g)].map(
      ([, path = '']) => path,
    )
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  it('links to nothing that is not there', () => {
    const broken = [...proseOf(file).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
      if (/^[a-z]+:/.test(target)) return []
      const [path = '', anchor] = target.split('#')
      const at = path === '' ? join(root, file) : resolve(root, dirname(file), path)
      if (!existsSync(at)) return [target]
      if (anchor === undefined || statSync(at).isDirectory()) return []
      return anchorsOf(at.slice(root.length)).includes(anchor) ? [] : [target]
    })
    expect(broken).toEqual([])
  })
})

it('docs/threat-model.md quotes tests that exist, each from the file it names', () => {
  const quoted = [...proseOf('docs/threat-model.md').matchAll(/`([\w./-]+\.ts)`: "([^"]+)"/g)]
  expect(quoted.length).toBeGreaterThan(40)
  expect(quoted.filter(([, file = '', words = '']) => !textOf(file).includes(words)).map(([, file, words]) => `${file}: ${words}`)).toEqual([])
})
