/** Owns sizes that a terminal can have: programs divide by them, and drawing needs memory for them. */
import type { Limits, TtySize } from '@towline/protocol'

/** Columns and rows from 1 to the limit, whatever was asked. */
export const terminalSize = (
  { cols, rows }: TtySize,
  { webttyTtyCells: most }: Pick<Limits, 'webttyTtyCells'>,
): TtySize => {
  const cells = (count: number): number => Math.min(Math.max(Math.trunc(count) || 1, 1), most)
  return { cols: cells(cols), rows: cells(rows) }
}
