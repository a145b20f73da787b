/** Owns a few lines at the bottom of a terminal that are drawn again in place (ECMA-48 §8.3: CUU, EL, ED). */
import type { Io } from '../io.ts'

/** Redraws whole lines; nothing else may write to the terminal between two draws. */
export interface Screen {
  draw(lines: readonly string[]): void
  /** Leaves the last lines standing and shows the cursor again. */
  close(): void
}

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const CLEAR_LINE = '\u001b[2K'
const CLEAR_BELOW = '\u001b[J'
const up = (count: number): string => (count > 0 ? `\u001b[${count}A\r` : '\r')

export const openScreen = (io: Io): Screen => {
  let drawn = 0
  let closed = false
  return {
    draw(lines) {
      if (closed) return
      const body = lines.map((text) => `${CLEAR_LINE}${text}\n`).join('')
      io.stdout.write(`${HIDE_CURSOR}${up(drawn)}${body}${CLEAR_BELOW}`)
      drawn = lines.length
    },
    close() {
      if (closed) return
      closed = true
      io.stdout.write(SHOW_CURSOR)
    },
  }
}
