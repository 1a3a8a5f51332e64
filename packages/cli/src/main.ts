#!/usr/bin/env node
// The process: the only place that touches `process`.
import { runCli } from './run-cli.ts'

// `... | head` closes the pipe: that is the reader's right, not our failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await runCli({
  args: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
})
