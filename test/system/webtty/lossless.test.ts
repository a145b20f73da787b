/** Proves that programs which print 20 KB and exit lose no byte on their way through the relay, by pipes and by terminals. */
import { openMachine, resolveConnection } from '@towline/operations'
import type { OpenRequest } from '@towline/protocol'
import { runExec, type WebttyConnection } from '@towline/webtty'
import { verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Machines, openMachines } from './machines.ts'

/** Of each kind; `TOWLINE_LOSSLESS_RUNS=5000` is the full judge. */
const RUNS = Number(process.env['TOWLINE_LOSSLESS_RUNS'] ?? 1_000)
/** At the same time, over one connection. */
const AT_ONCE = 8
const BYTES = 20_480
const PRINTED = 'x'.padStart(BYTES)
const MINUTES_MS = 600_000

describe('webtty exec: nothing is lost', () => {
  let machines: Machines
  let connection: WebttyConnection
  const closing = new AbortController()
  let close: () => Promise<void>
  beforeAll(async () => {
    machines = await openMachines()
    const { env } = machines.up
    const machine = await openMachine({
      ...{ connection: () => resolveConnection(env), env, trust: {} },
      ...{ url: 'tow://lab', agent: 'lossless/0', signal: closing.signal },
    })
    close = () => machine.close()
    connection = await machine.connect()
  })
  afterAll(async () => {
    connection?.close()
    await close?.()
    await machines?.[Symbol.asyncDispose]()
  })

  const lostBy = async (kind: OpenRequest['kind']): Promise<number> => {
    const request = { kind, argv: ['printf', `%${BYTES}s`, 'x'] }
    const { exitCode, state, stdout } = await runExec(connection, request, { url: 'tow://lab' })
    expect({ exitCode, state }).toEqual({ exitCode: 0, state: 'exited' })
    return stdout === PRINTED ? 0 : Math.max(BYTES - stdout.length, 1)
  }

  it.each<OpenRequest['kind']>(['exec', 'pty'])(
    `%s: ${RUNS} runs`,
    async (kind) => {
      verifies('exec.lossless')
      let [left, lost] = [RUNS, 0]
      const worker = async (): Promise<void> => {
        while (left-- > 0) lost += await lostBy(kind)
      }
      await Promise.all(Array.from({ length: AT_ONCE }, worker))
      expect(lost).toBe(0)
    },
    MINUTES_MS,
  )
})
