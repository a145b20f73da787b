/** Owns the beginning of what another machine sends: lines of its shells, until the one that says that the program speaks now. */
import type { Readable } from 'node:stream'
import { LIMITS } from '@towline/protocol'
import { markOf } from './start-script.ts'

export type Begun =
  | { readonly is: 'ready' | 'missing' | 'silent' | 'ended' }
  /** `text` is what came last, for telling it. */
  | { readonly is: 'noise'; readonly text: string }

export interface Marked {
  readonly nonce: string
  /** Called when the script runs. */
  readonly begun: () => void
  /** Gives up: silent. */
  readonly signal: AbortSignal
}

const BREAK = 0x0a
const OVER = ['end', 'error', 'close'] as const

/** Reads no further than the mark; what came after it is put back. */
export const afterMark = (input: Readable, { nonce, begun, signal }: Marked): Promise<Begun> =>
  new Promise((done) => {
    const lines = new Lines()
    const end = (how: Begun): void => {
      input.off('data', take)
      for (const name of OVER) input.off(name, over)
      signal.removeEventListener('abort', late)
      input.pause()
      if (how.is === 'ready' && lines.rest.length > 0) input.unshift(lines.rest)
      done(how)
    }
    const over = (): void => end({ is: 'ended' })
    const late = (): void => end({ is: 'silent' })
    const take = (chunk: Buffer): void => {
      lines.add(chunk)
      for (let text = lines.next(); text !== undefined; text = lines.next()) {
        const mark = markIn(text, nonce)
        if (mark === 'begun') begun()
        else if (mark) return end({ is: mark })
      }
      if (lines.bytes > LIMITS.sshNoiseBytes) end({ is: 'noise', text: lines.last })
    }
    for (const name of OVER) input.once(name, over)
    signal.addEventListener('abort', late, { once: true })
    input.on('data', take)
  })

/** What a shell printed without an end of line stands before it. */
const markIn = (text: string, nonce: string): 'begun' | 'missing' | 'ready' | undefined => {
  const marks = markOf(nonce)
  return (['begun', 'missing', 'ready'] as const).find((name) => text.endsWith(marks[name]))
}

class Lines {
  rest: Buffer = Buffer.alloc(0)
  /** Of all that came. */
  bytes = 0
  /** That had any words. */
  last = ''

  add(chunk: Buffer): void {
    this.bytes += chunk.length
    this.rest = Buffer.concat([this.rest, chunk])
  }

  next(): string | undefined {
    const at = this.rest.indexOf(BREAK)
    if (at < 0) return undefined
    const text = this.rest.toString('utf8', 0, at).trimEnd()
    this.rest = this.rest.subarray(at + 1)
    if (text !== '') this.last = text
    return text
  }
}
