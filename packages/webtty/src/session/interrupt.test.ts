/** Proves that an interrupt in a flood is never behind more than a window of output, however slow the reader is. */
import { silentLog } from '@towline/base'
import { FD, LIMITS, type ServerFacts } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { memoryCarriers } from '../carrier/memory-carriers.ts'
import { connectWebtty } from '../client/connection.ts'
import { serveConnection } from '../host/serve-connection.ts'
import { openSessions } from './open-sessions.ts'

const FACTS: ServerFacts = {
  ...{ name: 'lab', os: 'linux', arch: 'x64', hostname: 'lab', user: 'ada', e2e: false, execPath: '/' },
}
/** yes(1) dies of the interrupt, the shell goes on. */
const FLOOD = 'trap : INT; yes 0123456789; echo THE END'

describe('webtty session: interrupt in a flood', () => {
  it('ends it after at most what the reader had not yet read, which is under 512 KiB', async () => {
    verifies('term.interrupt')
    const log = silentLog()
    const sessions = openSessions({ log, env: process.env })
    const { near, far } = memoryCarriers()
    serveConnection({ carrier: far, sessions, facts: FACTS, log })
    const connection = await connectWebtty(near)
    let [received, tail, reads] = [0, '', false]
    let fell: () => void = () => {}
    const full = new Promise<void>((resolve) => (fell = resolve))
    const process_ = connection.open(
      { kind: 'pty', argv: ['sh', '-c', FLOOD], tty: { cols: 80, rows: 24 } },
      {
        sink: {
          output: (fd, offset, bytes) => {
            received = offset + bytes.length
            tail = (tail + Buffer.from(bytes).toString('latin1')).slice(-64)
            if (reads) process_.consumed(fd, received)
            else if (received >= LIMITS.webttyWindowNear) fell()
          },
        },
      },
    )
    await full
    process_.write(Uint8Array.of(3))
    await process_.inputSent()
    reads = true
    process_.consumed(FD.pty, received)
    await process_.exit
    expect(tail).toContain('THE END')
    expect(received).toBeLessThan(512 * 1024)
    connection.close()
    await sessions.close()
  })
})
