// `oidc-provider` warns on stderr that its store is in memory (it is, on purpose) and, on a Node.js that does not yet carry its LTS name, that
// the runtime is unsupported (this one is newer than the name). Neither line helps somebody who reads the story.

export async function withoutNotices<T>(run: () => Promise<T>): Promise<T> {
  const { warn } = console
  console.warn = (...line: unknown[]) => {
    if (!(typeof line[0] === 'string' && line[0].includes('oidc-provider WARNING'))) warn(...line)
  }
  try {
    return await run()
  } finally {
    console.warn = warn
  }
}
