/** Owns the terminal while a thread is shown: raw keys, pastes, its size, drawing, and leaving it as it was. */
import type { ReadStream, WriteStream } from 'node:tty'
import { LIMITS } from '@towline/protocol'
import { render } from 'ink'
import { createElement } from 'react'
import { type Key, Keys } from './keys.ts'
import { paintFor } from './paint.ts'
import { Screen } from './screen.ts'
import type { TuiStore } from './tui-state.ts'

export interface ScreenOptions {
  readonly store: TuiStore
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  readonly isColoured: boolean
  onKey(key: Key): void
}

const PASTES_ON = '\u001b[?2004h'
const PASTES_OFF = '\u001b[?2004l'

/** Answers what gives the terminal back. */
export const runScreen = ({ store, stdin, stdout, isColoured, onKey }: ScreenOptions): (() => Promise<void>) => {
  const stopKeys = readKeys(stdin, onKey)
  const resized = (): void => {
    store.set({ columns: stdout.columns || 80, rows: stdout.rows || 24 })
    store.draw()
  }
  stdout.on('resize', resized)
  stdout.write(PASTES_ON)
  const drawn = render(createElement(Screen, { store, paint: paintFor(isColoured) }), {
    ...{ stdout, stdin, exitOnCtrlC: false, patchConsole: false },
  })
  return async () => {
    store.set({ isOver: true })
    store.draw()
    drawn.unmount()
    await drawn.waitUntilExit()
    stdout.off('resize', resized)
    stdout.write(PASTES_OFF)
    stopKeys()
  }
}

const readKeys = (stdin: ReadStream, onKey: (key: Key) => void): (() => void) => {
  const keys = new Keys()
  let late: NodeJS.Timeout | undefined
  const tell = (pressed: readonly Key[]): void => {
    for (const key of pressed) onKey(key)
  }
  const hear = (chunk: string): void => {
    clearTimeout(late)
    tell(keys.feed(chunk))
    if (keys.isWaiting) late = setTimeout(() => tell(keys.flush()), LIMITS.tuiEscapeMs)
  }
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  stdin.on('data', hear)
  stdin.resume()
  return () => {
    clearTimeout(late)
    stdin.off('data', hear)
    stdin.setRawMode(false)
    stdin.pause()
  }
}
