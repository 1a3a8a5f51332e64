// node test/interop/src/kubernetes/build-programs.ts <folder>: kube-apiserver and etcd built from their modules, with the Go that is on the PATH. No registry
// has them as programs. Kubernetes' own go.mod names the modules of its source by folder: here by their published versions. Nothing else of the machine is
// changed but Go's caches.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'

const KUBERNETES = 'v1.36.3'
/** Of `k8s.io/api` and the others that are published from Kubernetes' source. */
const STAGING = KUBERNETES.replace(/^v1/, 'v0')
const ETCD = 'v3.6.7'
const LINK = `-s -w -X k8s.io/component-base/version.gitVersion=${KUBERNETES}`
const WITHOUT_C = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod -buildvcs=false', GOWORK: 'off' }

const MODULE = z.object({
  Go: z.string(),
  Require: z.array(z.object({ Path: z.string(), Version: z.string() })),
  Replace: z.array(z.object({ Old: z.object({ Path: z.string() }), New: z.object({ Path: z.string(), Version: z.string().optional() }) })),
})
const DOWNLOADED = z.object({ GoMod: z.string() })

const [target] = process.argv.slice(2)
if (target === undefined) {
  process.stderr.write('where to? node test/interop/src/kubernetes/build-programs.ts <folder>\n')
  process.exitCode = 2
} else {
  const folder = resolve(target)
  mkdirSync(folder, { recursive: true })
  const work = mkdtempSync(join(tmpdir(), 'bailiwick-build-'))
  try {
    buildEtcd(work, join(folder, 'etcd'))
    buildApiServer(work, join(folder, 'kube-apiserver'))
    process.stdout.write(`export ETCD=${join(folder, 'etcd')} KUBE_APISERVER=${join(folder, 'kube-apiserver')}\n`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function buildEtcd(work: string, output: string): void {
  const folder = join(work, 'etcd')
  mkdirSync(folder)
  writeFileSync(join(folder, 'go.mod'), `module build\n\ngo 1.24\n\nrequire go.etcd.io/etcd/server/v3 ${ETCD}\n`)
  const main = 'package main\n\nimport (\n\t"os"\n\n\t"go.etcd.io/etcd/server/v3/etcdmain"\n)\n\nfunc main() { etcdmain.Main(os.Args) }\n'
  writeFileSync(join(folder, 'main.go'), main)
  go(folder, ['build', '-ldflags', '-s -w', '-o', output, '.'])
}

function buildApiServer(work: string, output: string): void {
  const folder = join(work, 'kube-apiserver')
  mkdirSync(folder)
  const { GoMod } = DOWNLOADED.parse(JSON.parse(go(work, ['mod', 'download', '-json', `k8s.io/kubernetes@${KUBERNETES}`])))
  const theirs = MODULE.parse(JSON.parse(go(work, ['mod', 'edit', '-json', GoMod])))
  const published = new Set(theirs.Replace.filter(({ New }) => New.Path.startsWith('./staging/')).map(({ Old }) => Old.Path))
  const lines = [
    'module build',
    `go ${theirs.Go}`,
    `require k8s.io/kubernetes ${KUBERNETES}`,
    ...theirs.Require.map(({ Path, Version }) => `require ${Path} ${published.has(Path) ? STAGING : Version}`),
    ...theirs.Replace.map(
      ({ Old, New }) => `replace ${Old.Path} => ${published.has(Old.Path) ? `${Old.Path} ${STAGING}` : `${New.Path} ${New.Version ?? ''}`}`,
    ),
  ]
  writeFileSync(join(folder, 'go.mod'), `${lines.join('\n')}\n`)
  go(folder, ['build', '-ldflags', LINK, '-o', output, 'k8s.io/kubernetes/cmd/kube-apiserver'])
}

/** What it printed. Its complaints go where ours do. */
function go(cwd: string, args: readonly string[]): string {
  const { status, stdout, error } = spawnSync('go', args, {
    cwd,
    env: WITHOUT_C,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`go ${args.slice(0, 2).join(' ')} failed${error === undefined ? '' : `: ${error.message}`}`)
  return stdout
}
