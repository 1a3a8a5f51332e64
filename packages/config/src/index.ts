// The configuration: one YAML file, `BAILIWICK_*` variables and options, checked together and frozen.
export type * from './model.ts'
export { formatProblem, formatProblems, nearest } from './problem.ts'
export type { ConfigProblem } from './problem.ts'
export { loadConfig, parseConfig } from './parse.ts'
export type { ConfigResult, ParseOptions } from './parse.ts'
export { configJsonSchema } from './json-schema.ts'
export { redactConfig } from './redact.ts'
export { readSecretFile } from './files.ts'
