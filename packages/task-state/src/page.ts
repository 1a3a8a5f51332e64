// Sizes and cursors of lists, alike in every store. A cursor is the sequence number of the last item of the page before.

export const MAX_PAGE = 200

export function pageSize(limit: number): number {
  return Math.min(MAX_PAGE, Math.max(1, Math.floor(limit)))
}

export function cursorOf(after: string | undefined): number {
  if (after === undefined) return Number.MAX_SAFE_INTEGER
  if (!/^[0-9]{1,15}$/.test(after)) throw new TypeError('after is not the next of an earlier page')
  return Number(after)
}
