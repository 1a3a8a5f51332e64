// What changed of pinned tools, for the person who reviews it. Text of the server's is shown as JSON with every hidden character escaped: a
// description that hides what it says is the very thing to see.
import type { JsonValue } from '@bailiwick/core'
import type { ChangedPlace, ToolChange } from '@bailiwick/tool-schemas'
import type { Palette } from '../terminal/terminal.ts'

const MAX_SHOWN = 1200

export function describeChanges(changes: readonly ToolChange[], palette: Palette): string {
  return changes.flatMap((change) => linesOf(change, palette)).join('\n')
}

function linesOf(change: ToolChange, palette: Palette): readonly string[] {
  switch (change.kind) {
    case 'added':
      return [`${palette.warn('added  ')}  ${change.name}`]
    case 'removed':
      return [`${palette.bad('removed')}  ${change.name}`]
    case 'changed':
      return [`${palette.bad('changed')}  ${change.name}`, ...change.places.flatMap((place) => placeLines(place, palette))]
  }
}

function placeLines({ pointer, before, after }: ChangedPlace, palette: Palette): readonly string[] {
  return [
    `           ${visible(pointer)}`,
    ...(before === undefined ? [] : [palette.bad(`           - ${shown(before)}`)]),
    ...(after === undefined ? [] : [palette.good(`           + ${shown(after)}`)]),
  ]
}

function shown(value: JsonValue): string {
  const text = visible(JSON.stringify(value))
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}... (${text.length} characters)` : text
}

function visible(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu, (character) =>
    Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  )
}
