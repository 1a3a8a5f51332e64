// Reads every Markdown file and finds what it says of this repository that is not so: links that lead nowhere, headings that are not there, names of files that
// do not exist, tests that are not called that, scripts that package.json does not have. Judges no prose, asks no network.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, matchesGlob, normalize } from 'node:path'

export interface Document {
  /** From the root, with slashes. */
  readonly file: string
  readonly text: string
}

export interface Repository {
  readonly files: readonly string[]
  read(file: string): string
  /** Of package.json. */
  readonly scripts: readonly string[]
}

const SKIPPED = ['node_modules', '.git', 'data', 'coverage']
const FENCED = /^ *(```|~~~)[^]*?^ *\1 *$/gm
const LINK = /\]\(([^)\s]+)\)/g
const CODE = /`([^`\n]+)`/g
const TEST_NAME = /`([^`\n]+\.test\.ts)`: "([^"\n]+)"/g
const SCRIPT = /\bnpm run (?:-s |--silent )?([a-z][\w:-]*)/g
/** A path in this repository, or the end of one; `{a,b}` and `*` stand for several. */
const PATH = /^(?![/~.])[\w.@*{},/-]+\.(?:ts|mjs|md|ya?ml|json|lua|cfg|proto|py)$/
/** Made at run time, or on the reader's own machine: a file of these names need not be here. */
const ELSEWHERE = /^(?:data|node_modules|tls|keys)\/|^(?!.*\.(?:ts|mjs|md)$)[^/]+$/

export function checkDocuments(root: string): readonly string[] {
  const files = globSync('**/*', { cwd: root, exclude: (path) => SKIPPED.some((name) => path === name || path.endsWith(`/${name}`)) })
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const read = (file: string): string => readFileSync(join(root, file), 'utf8')
  const repository: Repository = { files: files.map((file) => file.replaceAll('\\', '/')), read, scripts: scriptsOf(manifest) }
  return repository.files.filter((file) => file.endsWith('.md')).flatMap((file) => documentProblems({ file, text: read(file) }, repository))
}

function scriptsOf(manifest: unknown): readonly string[] {
  if (typeof manifest !== 'object' || manifest === null || !('scripts' in manifest)) return []
  const { scripts } = manifest
  return typeof scripts === 'object' && scripts !== null ? Object.keys(scripts) : []
}

export function documentProblems(document: Document, repository: Repository): readonly string[] {
  const prose = document.text.replace(FENCED, '')
  return [
    ...deadLinks(document.file, prose, repository),
    ...missingFiles(document.file, prose, repository),
    ...missingTests(prose, repository),
    ...all(document.text, SCRIPT).flatMap(([name]) => (repository.scripts.includes(name) ? [] : [`package.json has no script ${name}`])),
  ].map((problem) => `${document.file}  ${problem}`)
}

function deadLinks(from: string, prose: string, { files, read }: Repository): readonly string[] {
  return all(prose.replace(CODE, ''), LINK).flatMap(([target]) => {
    if (/^[a-z]+:/.test(target)) return []
    const [path = '', anchor] = target.split('#')
    const to =
      path === ''
        ? from
        : normalize(join(dirname(from), path))
            .replaceAll('\\', '/')
            .replace(/\/$/, '')
    if (!files.includes(to)) return [`links to ${target}, which is not there`]
    if (anchor === undefined || !to.endsWith('.md') || anchorsOf(read(to)).includes(anchor)) return []
    return [`links to ${target}, where no heading is called that`]
  })
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): readonly string[] {
  const slugs = [...text.replace(FENCED, '').matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
  return slugs.map((slug, at) => {
    const before = slugs.slice(0, at).filter((other) => other === slug).length
    return before === 0 ? slug : `${slug}-${before}`
  })
}

function missingFiles(from: string, prose: string, { files }: Repository): readonly string[] {
  return all(prose, CODE).flatMap(([span]) => {
    if (!PATH.test(span) || ELSEWHERE.test(span)) return []
    const beside = normalize(join(dirname(from), span)).replaceAll('\\', '/')
    const isThere = files.some(
      (file) => file === beside || file === span || file.endsWith(`/${span}`) || (/[*{]/.test(span) && matchesGlob(file, `**/${span}`)),
    )
    return isThere ? [] : [`names ${span}, which is not there`]
  })
}

function missingTests(prose: string, { files, read }: Repository): readonly string[] {
  return all(prose, TEST_NAME).flatMap(([path, name = '']) => {
    const file = files.find((each) => each === path || each.endsWith(`/${path}`))
    return file === undefined || read(file).includes(name) ? [] : [`says that ${path} has the test "${name}"`]
  })
}

function all(text: string, pattern: RegExp): readonly (readonly [string, string?])[] {
  return [...text.matchAll(pattern)].map(([, first = '', second]) => (second === undefined ? [first] : [first, second]))
}
