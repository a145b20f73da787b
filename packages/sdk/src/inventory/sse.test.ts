/** Proves reading server-sent events however the bytes are cut. */
import { describe, expect, it } from 'vitest'
import { readEvents, type ServerEvent } from './sse.ts'

const STREAM =
  ': hello\nid: 1\ndata: {"a":"ü"}\n\nevent: x\ndata\ndata:two\r\nid: 2\r\n\r\n: ping\n\ndata: same id\n\ndata: never finished'
const EVENTS: readonly ServerEvent[] = [
  { id: '1', data: '{"a":"ü"}' },
  { id: '2', data: '\ntwo' },
  { id: '2', data: 'same id' },
]

const read = async (chunks: readonly Uint8Array[], most = 1_000): Promise<ServerEvent[]> => {
  const events: ServerEvent[] = []
  const source = (async function* () {
    yield* chunks
  })()
  for await (const event of readEvents(source, most, () => new Error('too long'))) events.push(event)
  return events
}

describe('sdk events', () => {
  it('sdk events: refuses a message over the bound, also one that never ends its line', async () => {
    await expect(read([Buffer.from('data: x'.repeat(20))], 100)).rejects.toThrow('too long')
    await expect(read([Buffer.from('data: 123456789\n'.repeat(20))], 100)).rejects.toThrow('too long')
  })

  it('sdk events: reads the same from every cut of the stream', async () => {
    const bytes = Buffer.from(STREAM)
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(await read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(EVENTS)
    }
    expect(await read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(EVENTS)
  })
})
