// Tools as Cohere's first chat format declares them, which Bedrock still takes: a name and parameters, without a type.
import type { JsonObject } from '@bailiwick/core'
import { findFoldedKey, reserveKeys } from '@bailiwick/json'
import { named, readEntries } from '../tool-names.ts'
import type { Names } from '../tool-names.ts'

const KEYS = reserveKeys(['name', 'type', 'function'])

export function cohereTools({ tools }: JsonObject): Names {
  return readEntries(tools, (entry) => {
    const isFirstFormat = entry['type'] === undefined && entry['function'] === undefined && findFoldedKey(entry, KEYS) === undefined
    return isFirstFormat ? named(entry['name']) : 'tool_entry'
  })
}
