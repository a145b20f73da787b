/** Proves that docs/protocol/webtty.md says what the code does, where both name the same thing. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import vectors from '../../vectors/webtty.json' with { type: 'json' }
import { getU32 } from '../mux/frame.ts'
import { LIMITS } from '../limits.ts'
import { WEBTTY_CLOSE } from './close-codes.ts'
import { readFrames, WEBTTY_FRAME, WEBTTY_PREFACE } from './frame.ts'
import { decodeFrame, frameName, WEBTTY_FRAMES } from './frames.ts'
import { FD, SIGNALS } from './messages.ts'

const PAGE = readFileSync(new URL('../../../../docs/protocol/webtty.md', import.meta.url), 'utf8')

const rows = [...PAGE.matchAll(/^\| (.+) \|$/gm)].map(([, cells = '']) => cells.split('|').map((cell) => cell.trim()))

describe('webtty docs', () => {
  it('list the frames with their types and senders', () => {
    const listed = rows
      .filter(([type = '']) => type.startsWith('0x'))
      .map(([type, name, from]) => [Number(type), name, from])
    const known = Object.entries(WEBTTY_FRAME).map(([name, type]) => {
      const { from } = WEBTTY_FRAMES[name as keyof typeof WEBTTY_FRAME]
      return [type, name.toUpperCase(), from === 'server' ? 'host' : from]
    })
    expect(listed).toEqual(known)
  })

  it('list the close codes', () => {
    const listed = rows.filter(([code = '']) => /^[14]\d{3}$/.test(code)).map(([code, name]) => [name, Number(code)])
    expect(listed).toEqual(Object.entries(WEBTTY_CLOSE))
  })

  it('write the preface in hex', () => {
    expect(PAGE).toContain(
      Buffer.from(WEBTTY_PREFACE)
        .toString('hex')
        .replace(/..(?=.)/g, '$& '),
    )
  })

  it('give examples that are vectors, and name the frame that each is', () => {
    const frames = [...PAGE.matchAll(/^((?:[0-9a-f]{2} )+) +([A-Z]+)/gm)]
    expect(frames.length).toBeGreaterThan(7)
    for (const [, hex = '', name] of frames) {
      const bytes = hex.replaceAll(' ', '')
      readFrames(Buffer.from(bytes, 'hex'), (type, stream, body) => {
        const known = frameName(type)
        expect(known?.toUpperCase()).toBe(name)
        if (known) decodeFrame(known, stream, body)
      })
      expect(vectors.frames.map((vector) => vector.bytes)).toContain(bytes)
    }
  })

  it('give examples of records whose lengths are right', () => {
    const records = [...PAGE.matchAll(/^((?:[0-9a-f]{2} ){4}) ((?:[0-9a-f]{2} )+) /gm)]
    expect(records.length).toBe(2)
    for (const [, head = '', body = ''] of records) {
      const word = getU32(Buffer.from(head.replaceAll(' ', ''), 'hex'), 0)
      expect(word & 0x7fff_ffff).toBe(Buffer.from(body.replaceAll(' ', ''), 'hex').length)
    }
  })

  it('name fds, signals and the bounds of the limits table', () => {
    const n = (value: number): string => value.toLocaleString('en-US')
    const seconds = (ms: number): string => `${ms / 1000} s`
    const words = [
      ...Object.values(FD).map((fd) => `${fd} for`),
      SIGNALS.join(' '),
      `at most ${n(LIMITS.webttyMessageBytes)} bytes`,
      `A body is at most ${n(LIMITS.webttyFrameBytes)} bytes`,
      `${n(LIMITS.webttyArgvBytes)} bytes each`,
      `within ${seconds(LIMITS.webttyHelloMs)} is closed`,
      `heard for ${seconds(LIMITS.webttySilentMs)}`,
      `pings every ${seconds(LIMITS.webttyPingMs)}`,
      `after ${n(LIMITS.webttyConfirmBytes)} bytes`,
      `for terminals ${n(LIMITS.webttyWindow)} bytes, or ${n(LIMITS.webttyWindowNear)} where the round trip is below ${LIMITS.webttyNearMs} ms`,
      `commands ${n(LIMITS.webttyWindowExec)}`,
      `up to ${n(LIMITS.webttyWindowMax)} bytes for terminals and ${n(LIMITS.webttyWindowExecMax)} for commands`,
      `about ${n(LIMITS.webttyQueuedBytes)} bytes`,
      `within ${LIMITS.webttyBatchMs} ms`,
      `${n(LIMITS.webttyBatchBytes)} bytes. At most ${LIMITS.webttyStreams} streams`,
      `at most ${n(LIMITS.webttySnapshotBytes)} bytes`,
      `at most ${LIMITS.webttyAsks} questions`,
      `At most ${LIMITS.exposures} are open`,
      `within ${LIMITS.probeQuietMs} ms`,
      `(${seconds(LIMITS.probeMs)}, ${n(LIMITS.probeBytes)} bytes, no event stream)`,
      `at most the first ${n(LIMITS.probeHeadBytes)} of them`,
    ]
    const flat = PAGE.replace(/\s+/g, ' ')
    expect(words.filter((word) => !flat.includes(word))).toEqual([])
  })
})
