/** Proves what the writing half of a socket does with the pieces that one read of a link brings. */
import { SHARED_SLAB } from '@towline/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { StreamHandle, WriteRequest } from './binding.ts'

const load = async () => {
  vi.resetModules()
  vi.stubEnv('TOWLINE_SOCKET_PATH', 'handle')
  const { binding } = await import('./binding.ts')
  return { ...(await import('./handle-writes.ts')), binding }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (parts: Uint8Array | Uint8Array[]): string => Buffer.concat([parts].flat()).toString()

/** A slab that only counts. */
const counted = () => {
  const slab = { pinnable: true, pins: 0, pin: () => void slab.pins++, unpin: () => void slab.pins-- }
  return slab
}

describe('base net: what one read of a link brings', () => {
  let net: Awaited<ReturnType<typeof load>>
  beforeEach(async () => {
    net = await load()
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  /** A writing half over a handle that notes each call, and takes bytes later when `slow`. */
  const rig = ({ copies = false, slow = false, code = 0 } = {}) => {
    const calls: string[] = []
    const took = (words: string): number => {
      calls.push(words)
      const { state, lastWriteWasAsync } = net.binding as NonNullable<typeof net.binding>
      state[lastWriteWasAsync] = slow ? 1 : 0
      return code
    }
    const handle: Partial<StreamHandle> = {
      writeBuffer: (_request: WriteRequest, one) => took(text(one)),
      writev: (_request: WriteRequest, parts) => took(parts.map(text).join('+')),
    }
    const failed = vi.fn()
    return { calls, failed, writes: new net.HandleWrites(handle as StreamHandle, { copies, failed }) }
  }

  it('goes to each socket by one write, in order, and is unpinned then', () => {
    const [one, other] = [rig(), rig()]
    const slab = counted()
    net.gatherWrites(() => {
      for (const word of ['a', 'b', 'c']) expect(one.writes.write(bytes(word), slab)).toBe(true)
      other.writes.write(bytes('x'), slab)
      expect([one.calls, other.calls, slab.pins]).toEqual([[], [], 4])
    })
    expect([one.calls, other.calls, slab.pins]).toEqual([['a+b+c'], ['x'], 0])
  })

  it('stays pinned while the system has it, and the next write waits', () => {
    const { writes, calls } = rig({ slow: true })
    const slab = counted()
    net.gatherWrites(() => {
      writes.write(bytes('a'), slab)
      writes.write(bytes('b'), slab)
    })
    expect([slab.pins, writes.busy, writes.write(bytes('c'), slab)]).toEqual([2, true, false])
    expect(writes.done(0)).toBe(false)
    expect([calls, slab.pins]).toEqual([['a+b', 'c'], 0])
  })

  it('is not overtaken by memory that is gone after the call, nor by two parts at once', () => {
    const { writes, calls } = rig()
    const slab = counted()
    net.gatherWrites(() => {
      writes.write(bytes('a'), slab)
      writes.write(bytes('b'), SHARED_SLAB)
      writes.write(bytes('c'), slab)
      writes.writeBoth({ bytes: bytes('d'), slab }, { bytes: bytes('e'), slab })
    })
    expect([calls, slab.pins]).toEqual([['a', 'b', 'c', 'd+e'], 0])
  })

  it('is written piece by piece where TLS would copy the pieces together', () => {
    const { writes, calls } = rig({ copies: true })
    net.gatherWrites(() => {
      writes.write(bytes('a'), counted())
      writes.write(bytes('b'), counted())
    })
    expect(calls).toEqual(['a', 'b'])
  })

  it('is dropped and unpinned when the socket ends before the read does', () => {
    const { writes, calls } = rig()
    const slab = counted()
    net.gatherWrites(() => {
      writes.write(bytes('a'), slab)
      writes.clear()
    })
    expect([calls, slab.pins]).toEqual([[], 0])
  })

  it('tells of a write that the system refuses, after the call', async () => {
    const { writes, failed } = rig({ code: -32 })
    const slab = counted()
    net.gatherWrites(() => {
      writes.write(bytes('a'), slab)
      writes.write(bytes('b'), slab)
    })
    expect([failed.mock.calls.length, slab.pins, writes.busy]).toEqual([0, 0, true])
    await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce())
  })

  it('sends what it has when working off the read throws', () => {
    const { writes, calls } = rig()
    const work = () =>
      net.gatherWrites(() => {
        writes.write(bytes('a'), counted())
        throw new Error('broken')
      })
    expect(work).toThrow('broken')
    expect(calls).toEqual(['a'])
  })

  it('has a request of its own when TLS hands on what it read in the middle of a write', () => {
    const requests: WriteRequest[] = []
    const over = (during: () => void, copies: boolean) => {
      const writeBuffer = (request: WriteRequest): number => {
        requests.push(request)
        during()
        return 0
      }
      return new net.HandleWrites({ writeBuffer } as Partial<StreamHandle> as StreamHandle, { copies, failed() {} })
    }
    const inner = over(() => {}, false)
    const outer = over(() => inner.write(bytes('inner'), counted()), true)
    outer.write(bytes('outer'), counted())
    expect(requests.length).toBe(2)
    expect(requests[0]).not.toBe(requests[1])
  })
})
