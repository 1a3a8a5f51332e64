// A program in a file system of its own (bubblewrap): that of the machine, with other things at a few places.
import { lstatSync, readdirSync, readlinkSync } from 'node:fs'

/** `mounts`: path there -> file or folder here, read-only. It ends when who started it does. */
export function boxed(command: readonly string[], mounts: Readonly<Record<string, string>>): { readonly binary: string; readonly args: readonly string[] } {
  const root = readdirSync('/').flatMap((name) => {
    const path = `/${name}`
    const found = lstatSync(path)
    if (found.isSymbolicLink()) return ['--symlink', readlinkSync(path), path]
    return found.isDirectory() && !(path in mounts) && name !== 'proc' ? ['--dev-bind', path, path] : []
  })
  const own = Object.entries(mounts).flatMap(([path, from]) => ['--ro-bind', from, path])
  return { binary: 'bwrap', args: ['--die-with-parent', '--tmpfs', '/', ...root, '--proc', '/proc', ...own, ...command] }
}
