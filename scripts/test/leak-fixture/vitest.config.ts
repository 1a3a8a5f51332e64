// Runs the planted leaks, which no other run finds by their names.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { root: fileURLToPath(new URL('.', import.meta.url)), include: ['*.planted.ts'], pool: 'forks' } })
