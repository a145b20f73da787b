/** Owns the bar of a transfer of files: one line for people at a terminal, nothing for programs. */
import type { Io } from '../io.ts'

export interface Progress {
  readonly onProgress: (bytes: number, total: number) => void
  /** Takes the line away. */
  done(): void
}

const DRAW_MS = 100
const BAR = 24

/** Drawn on standard error, at most ten times a second. */
export const transferProgress = (io: Io, name: string): Progress => {
  if (!io.isTty.stderr) return { onProgress: () => undefined, done: () => undefined }
  const startedAt = performance.now()
  let drawnAt = 0
  return {
    onProgress: (bytes, total) => {
      const now = performance.now()
      if (now - drawnAt < DRAW_MS && bytes < total) return
      drawnAt = now
      io.stderr.write(`\r\u001b[K${barLine({ name, bytes, total, seconds: (now - startedAt) / 1000 })}`)
    },
    done: () => void io.stderr.write('\r\u001b[K'),
  }
}

/** Such as `app.tar  [######      ]  48%  120.0 MiB/s`. */
const barLine = (at: {
  readonly name: string
  readonly bytes: number
  readonly total: number
  readonly seconds: number
}): string => {
  const share = at.total === 0 ? 1 : at.bytes / at.total
  const full = Math.round(share * BAR)
  const speed = at.seconds > 0 ? at.bytes / at.seconds / 1024 ** 2 : 0
  return `${at.name}  [${'#'.repeat(full)}${' '.repeat(BAR - full)}]  ${Math.floor(share * 100)}%  ${speed.toFixed(1)} MiB/s`
}
