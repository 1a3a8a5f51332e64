#!/usr/bin/env node
// The process: the only place that touches `process`.
import { runCli } from './run-cli.ts'

process.exitCode = await runCli({ args: process.argv.slice(2), env: process.env, cwd: process.cwd(), stdout: process.stdout, stderr: process.stderr })
