/** Owns reading a rollout: line by line with no more than one in memory, up to the first that is damaged. */
import { createReadStream } from 'node:fs'
import { LIMITS } from '@towline/protocol'
import { type DatedLine, parseLine } from './rollout-line.ts'

export interface Damage {
  /** From 1. */
  readonly line: number
  /** Where the damaged line begins, in bytes. */
  readonly offset: number
  readonly problem: 'torn' | 'unreadable' | 'too-long'
}

export interface RolloutSource {
  /** In order. Ends early at damage, of which `damaged` is told; a file that is not there throws ENOENT. */
  lines(damaged: (damage: Damage) => void): AsyncIterable<DatedLine>
}

const NEWLINE = 10

/** Reads a file; of a long one no more than `bytes` when that is given. */
export const rolloutFile = (path: string, bytes = Number.POSITIVE_INFINITY): RolloutSource => ({
  async *lines(damaged) {
    let line = 0
    let offset = 0
    for await (const { bytes: text, ended } of rawLines(path, bytes)) {
      line += 1
      const told = ended === 'too-long' ? undefined : parseLine(text.toString('utf8'))
      if (told) yield told
      else if (text.length > 0) {
        const problem = ended === 'too-long' ? 'too-long' : ended ? 'unreadable' : 'torn'
        // The end of what was asked for is not the end of the file.
        if (problem !== 'torn' || bytes === Number.POSITIVE_INFINITY) damaged({ line, offset, problem })
        return
      }
      offset += text.length + 1
    }
  },
})

interface RawLine {
  readonly bytes: Buffer
  /** False: the file ends within it. */
  readonly ended: boolean | 'too-long'
}

async function* rawLines(path: string, bytes: number): AsyncGenerator<RawLine> {
  let parts: Buffer[] = []
  let held = 0
  const input = createReadStream(path, { end: bytes - 1, highWaterMark: 256 * 1024 })
  for await (const chunk of input as AsyncIterable<Buffer>) {
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      parts.push(chunk.subarray(from, at))
      yield { bytes: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts), ended: true }
      parts = []
      held = 0
      from = at + 1
    }
    if (from === chunk.length) continue
    parts.push(chunk.subarray(from))
    held += chunk.length - from
    if (held <= LIMITS.threadLineBytes) continue
    yield { bytes: Buffer.from(' '), ended: 'too-long' }
    return
  }
  if (parts.length > 0) yield { bytes: Buffer.concat(parts), ended: false }
}
