/** Proves that programs speak in lines over their standard input and output, and are ended when nobody listens. */
import { type BareSink, FD, LIMITS, type Processes } from '@towline/protocol'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { openProgram, type Program } from './open-program.ts'

let sink: BareSink
let written: string
let calls: string[]
let program: Program
let heard: string[]
let isClosed: boolean
const processes: Processes = {
  start: (_spec, own) => {
    sink = own
    return Promise.resolve({
      pause: () => void calls.push('pause'),
      resume: () => void calls.push('resume'),
      write: (bytes) => void (written += Buffer.from(bytes).toString()),
      interrupt: () => undefined,
      end: () => {
        calls.push('end')
        return Promise.resolve()
      },
    })
  },
  close: () => undefined,
}
beforeEach(async () => {
  ;[written, calls, heard, isClosed] = ['', [], [], false]
  program = await openProgram(processes, { argv: ['x'], cwd: '/', env: {} })
  program.wire.sink = {
    message: (text) => void heard.push(text),
    drained: () => undefined,
    closed: () => {
      isClosed = true
    },
  }
  program.wire.resume()
})
const print = (fd: 1 | 2, text: string): void => sink.output(fd === 1 ? FD.stdout : FD.stderr, Buffer.from(text))

describe('programs', () => {
  it('are heard by lines, and told in lines', async () => {
    print(1, '{"a":')
    print(1, '1}\n\n{"b":2}\n')
    program.wire.send('{"c":3}')
    await vi.waitFor(() => expect(heard).toEqual(['{"a":1}', '{"b":2}']))
    expect(written).toBe('{"c":3}\n')
  })

  it('wait when they take no more, and say so', async () => {
    const line = 'x'.repeat(LIMITS.execServerStdinBytes)
    program.wire.send(line)
    program.wire.send('y')
    expect([written.length, program.wire.queued > 0]).toEqual([line.length + 1, true])
    sink.taken(line.length + 1)
    await vi.waitFor(() => expect(written.endsWith('\ny\n')).toBe(true))
  })

  it('are not read while nobody takes what they say', async () => {
    program.wire.pause()
    for (let at = 0; at < 4; at += 1) print(1, 'x'.repeat(64 * 1024))
    expect(calls.at(-1)).toBe('pause')
    program.wire.resume()
    await vi.waitFor(() => expect(calls.at(-1)).toBe('resume'))
  })

  it('keep the end of what they complain', () => {
    print(2, 'x'.repeat(LIMITS.programComplaint))
    print(2, 'no key\n')
    expect([program.complaint.length, program.complaint.endsWith('no key')]).toEqual([
      LIMITS.programComplaint - 1,
      true,
    ])
  })

  it('close their wire when they end', async () => {
    sink.exited(1, null)
    await vi.waitFor(() => expect(isClosed).toBe(true))
  })

  it('are ended once when the wire is closed', async () => {
    program.wire.close()
    await program.close()
    await program.close()
    expect([isClosed, calls.filter((call) => call === 'end')]).toEqual([true, ['end']])
  })
})
