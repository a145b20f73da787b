/** Owns this machine's terminal while another machine's is shown in it: raw keys, its size, and how it is left. */
import { ReadStream, WriteStream } from 'node:tty'
import type { TtySize } from '@towline/protocol'
import { ModeTracker } from '@towline/webtty'
import type { Io } from '../io.ts'

export interface LocalTerminal {
  size(): TtySize
  onResize(changed: (size: TtySize) => void): void
  /** Writes what the other terminal shows; a promise asks to wait. */
  write(bytes: Uint8Array): void | Promise<void>
  /** Clears everything, before a screen is drawn anew. */
  clear(): void
  /**
   * Shows a line of ours. It lies over the first line of a full screen, which its program draws again; elsewhere what is shown
   * moves up a line, so that nothing is lost.
   */
  banner(text: string): void
  /** Takes it away; true asks to have the program draw the screen again. */
  endBanner(): boolean
  /** Gives the keys back and leaves every mode that was set. */
  close(): void
}

const NO_TERMINAL: TtySize = { cols: 80, rows: 24 }
/** RIS would forget the scrollback of some terminals: soft reset, home, clear. */
const CLEAR = '\u001b[!p\u001b[?1049l\u001b[H\u001b[2J'

/** Writes on another line, and comes back. */
const over = (row: number, text: string): string => `\u001b7\u001b[${row};1H${text}\u001b8`

/** Takes keys raw from now on, when there is a terminal at all. */
export const openLocalTerminal = (io: Io, write: (bytes: Uint8Array) => void | Promise<void>): LocalTerminal => {
  const { stdin, stdout } = io
  const keys = stdin instanceof ReadStream ? stdin : undefined
  const screen = stdout instanceof WriteStream ? stdout : undefined
  const modes = new ModeTracker()
  const size = (): TtySize => (screen ? { cols: screen.columns || 80, rows: screen.rows || 24 } : NO_TERMINAL)
  let resized: (() => void) | undefined
  keys?.setRawMode(true)
  return {
    size,
    onResize: (changed) => {
      resized = () => changed(size())
      screen?.on('resize', resized)
    },
    write: (bytes) => {
      modes.feed(bytes)
      return write(bytes)
    },
    clear: () => void stdout.write(CLEAR),
    banner: (text) => {
      if (!screen) return
      const { cols, rows } = size()
      const shown = `\u001b[7m ${text.slice(0, Math.max(cols - 2, 0))} \u001b[0m\u001b[K`
      stdout.write(modes.full ? over(1, shown) : `${over(rows, `\n${shown}`)}\u001b[A`)
    },
    endBanner: () => {
      if (!screen) return false
      if (!modes.full) stdout.write(over(size().rows, '\u001b[2K'))
      return modes.full
    },
    close: () => {
      if (resized) screen?.off('resize', resized)
      keys?.setRawMode(false)
      if (screen) stdout.write(modes.undo())
    },
  }
}
