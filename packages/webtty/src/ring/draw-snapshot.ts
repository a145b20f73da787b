/** Owns what a terminal shows now, for those whose place in its output is forgotten. */
import type { ITerminalAddon } from '@xterm/headless'
import type { ScreenRing } from './screen-ring.ts'

export interface SnapshotAsk {
  readonly ring: ScreenRing
  readonly cols: number
  readonly rows: number
  readonly scrollback: number
}

/** What we use of the serializer. Its own types would bring those of browsers into every room. */
interface SerializeModule {
  readonly default: { readonly SerializeAddon: new () => ITerminalAddon & Serializer }
}
interface Serializer {
  serialize(options: { readonly scrollback: number }): string
}

export interface DrawnSnapshot {
  /** Output goes on from here. */
  readonly offset: number
  readonly cols: number
  readonly rows: number
  /** Written to a fresh terminal of that size, it shows the same. */
  readonly data: string
}

/** Modes that the serializer leaves out: a hidden or blinking cursor, encodings of the mouse. */
const LEFT_OUT = new Set(['25', '12', '1005', '1006', '1015', '1016', '1007'])
/** Where the kept bytes begin in the middle of something, drawing starts after the next end of a line. */
const START_BYTES = 8192
const NEWLINE = 0x0a

/**
 * Feeds what is kept to a terminal without a screen. About 0.1 s for each 4 MiB, in slices between which others have their
 * turn; the terminal and its code are loaded only here.
 */
export const drawSnapshot = async ({ ring, cols, rows, scrollback }: SnapshotAsk): Promise<DrawnSnapshot> => {
  const { bytes, before, end } = ring.copy()
  const whole = ring.start === 0
  const [{ default: headless }, { default: serialize }] = await Promise.all([
    import('@xterm/headless'),
    import('@xterm/addon-serialize' as string) as Promise<SerializeModule>,
  ])
  const terminal = new headless.Terminal({ cols, rows, scrollback, allowProposedApi: true })
  try {
    const addon = new serialize.SerializeAddon()
    terminal.loadAddon(addon)
    const kept = whole ? bytes : bytes.subarray(bytes.subarray(0, START_BYTES).indexOf(NEWLINE) + 1)
    await write(terminal, before.restore())
    await write(terminal, kept)
    before.feed(bytes)
    return { offset: end, cols, rows, data: addon.serialize({ scrollback }) + before.restore(LEFT_OUT) }
  } finally {
    terminal.dispose()
  }
}

const write = (terminal: { write(data: string | Uint8Array, done: () => void): void }, data: string | Uint8Array) =>
  new Promise<void>((resolve) => terminal.write(data, resolve))
