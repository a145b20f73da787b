/** Proves that what is heard of a process is in order, once, and says where something is missing. */
import type { ReadParams, ReadResult } from '@towline/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import { WireLost } from '../rpc/call-rpc.ts'
import { WatchedProcess } from './watched-process.ts'

const NOTHING: ReadResult = {
  ...{ chunks: [], nextSeq: 1, exited: false, exitCode: null, closed: false, failure: null, sandboxDenied: false },
}

let told: string[]
let asked: ReadParams[]
let kept: (() => ReadResult)[]
let watched: WatchedProcess
beforeEach(() => {
  ;[told, asked, kept] = [[], [], []]
  const sink = {
    output: (_stream: string, bytes: Uint8Array) => void told.push(Buffer.from(bytes).toString().trim()),
    exited: (code: number, denied: boolean) => void told.push(`exited ${code} ${denied}`),
    lost: (error: Error) => void told.push(`lost ${error.message}`),
  }
  const read = (params: ReadParams): Promise<ReadResult> => {
    asked.push(params)
    return Promise.resolve().then(() => (kept.shift() ?? (() => NOTHING))())
  }
  watched = new WatchedProcess('p', sink, { read, over: () => void told.push('over') })
})
const chunk = (seq: number) => ({ seq, stream: 'stdout' as const, chunk: Buffer.from(String(seq)).toString('base64') })
const output = (seq: number): void => watched.heard(['process/output', { processId: 'p', ...chunk(seq) }])
const exit = (seq: number): void =>
  watched.heard(['process/exited', { processId: 'p', seq, exitCode: 3, sandboxDenied: true }])
const close = (seq: number): void => watched.heard(['process/closed', { processId: 'p', seq }])

describe('watched process', () => {
  it('passes on what comes in order, and its exit when all is told', () => {
    output(1)
    exit(2)
    output(3)
    close(4)
    output(5)
    expect(told).toEqual(['1', '3', 'exited 3 true', 'over'])
  })

  it('passes nothing on twice', () => {
    output(1)
    output(1)
    exit(2)
    exit(2)
    close(3)
    close(3)
    expect(told).toEqual(['1', 'exited 3 true', 'over'])
  })

  it('reads what it missed, and what came while it read', async () => {
    output(1)
    kept.push(() => {
      output(4)
      return { ...NOTHING, chunks: [chunk(2), chunk(3)], nextSeq: 4 }
    })
    kept.push(() => ({ ...NOTHING, nextSeq: 4 }))
    kept.push(() => ({ ...NOTHING, chunks: [chunk(4)], nextSeq: 5 }))
    output(3)
    await watched.catchUp()
    output(5)
    expect([told, asked.map(({ afterSeq }) => afterSeq)]).toEqual([
      ['1', '2', '3', '4', '5'],
      [1, 3, 3, 4],
    ])
  })

  it('learns its exit by reading', async () => {
    const over = { ...NOTHING, nextSeq: 4, exited: true, exitCode: 7, closed: true }
    kept.push(() => ({ ...over, chunks: [chunk(1)] }))
    kept.push(() => over)
    await watched.catchUp()
    expect(told).toEqual(['1', 'exited 7 false', 'over'])
  })

  it('says where output is missing', async () => {
    output(1)
    kept.push(() => ({ ...NOTHING, chunks: [chunk(9)], nextSeq: 10 }))
    await watched.catchUp()
    expect(told).toEqual(['1', '[output is missing here: the machine did not keep it]', '9'])
  })

  it('waits for the next wire when one is lost, and ends when the machine knows it no more', async () => {
    kept.push(() => {
      throw new WireLost()
    })
    await watched.catchUp()
    expect(told).toEqual([])
    kept.push(() => {
      throw new Error('unknown process id p')
    })
    await watched.catchUp()
    expect(told).toEqual(['lost unknown process id p', 'over'])
  })

  it('is lost with the failure that the machine tells', async () => {
    kept.push(() => ({ ...NOTHING, failure: 'the machine broke' }))
    await watched.catchUp()
    expect(told).toEqual(['lost the machine broke', 'over'])
  })
})
