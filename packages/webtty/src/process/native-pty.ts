/** Owns loading the prebuilt native binding that opens and resizes pseudo terminals; nothing else of its package is used. */
import { createRequire } from 'node:module'
import { AppError } from '@towline/protocol'

/** What we use of pty.node. */
export interface NativePty {
  /** openpty(3): both ends non-blocking and without close-on-exec. `pty` is the path of the slave. */
  open(cols: number, rows: number): { readonly master: number; readonly slave: number; readonly pty: string }
  /** TIOCSWINSZ on a master. */
  resize(master: number, cols: number, rows: number): void
}

/** The package of one platform; it is an optional dependency of the first, so it is looked for from there. */
const packageOf = (platform: string, arch: string): string => `@lydell/node-pty-${platform}-${arch}`

let loaded: NativePty | undefined

/** The binding. Throws PTY_UNAVAILABLE where none was built for this platform or its C library is another (musl). */
export const nativePty = (platform: string = process.platform, arch: string = process.arch): NativePty => {
  if (loaded !== undefined && platform === process.platform && arch === process.arch) return loaded
  const name = packageOf(platform, arch)
  try {
    const fromHere = createRequire(import.meta.url)
    const fromParent = createRequire(fromHere.resolve('@lydell/node-pty/package.json'))
    loaded = fromParent(`${name}/pty.node`) as NativePty
    return loaded
  } catch (cause) {
    throw new AppError('PTY_UNAVAILABLE', { problem: `${name} cannot be loaded.` }, { cause })
  }
}
