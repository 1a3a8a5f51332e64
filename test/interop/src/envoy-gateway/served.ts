// Whether the Envoy that Envoy Gateway drives has its listeners.
const UP_WITHIN_MS = 60_000

/** Every listener answers, if only that it has no such route. */
export async function served(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const answers = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/nowhere`).then(
        () => true,
        () => false,
      )
    for (const until = Date.now() + UP_WITHIN_MS; !(await answers());) {
      if (Date.now() > until) throw new Error(`Envoy Gateway does not serve port ${port}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
