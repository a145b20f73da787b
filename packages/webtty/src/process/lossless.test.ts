import { describe, expect, it } from 'vitest'
import { type Fd, LIMITS, type TtySize } from '@towline/protocol'
import { verifies, within } from '@towline/testkit'
import type { Child, ChildEnd } from './child-types.ts'
import { PipePool } from './pipe-pool.ts'
import { startChild } from './start-child.ts'

const RUNS = Number(process.env.TOWLINE_TEST_RUNS ?? 250)
const BYTES = 20_480

interface Ran {
  readonly end: ChildEnd
  readonly bytes: Readonly<Partial<Record<Fd, number>>>
  readonly text: string
}

interface Options {
  readonly tty?: TtySize
  /** Called when the first output has come, with output paused; the promise ends the pause. */
  readonly atFirst?: (child: Child) => Promise<void>
}

const pool = new PipePool(LIMITS)

const run = async (argv: readonly string[], { tty, atFirst }: Options = {}): Promise<Ran> => {
  const bytes: Partial<Record<Fd, number>> = {}
  let text = ''
  let first = true
  let exited: (end: ChildEnd) => void = () => {}
  const ended = new Promise<ChildEnd>((resolve) => (exited = resolve))
  let child: Child | undefined
  const spec = { file: argv[0] as string, argv, cwd: '/', env: { PATH: '/usr/bin:/bin' }, stdin: 'none' as const }
  const sink = {
    output: (fd: Fd, part: Uint8Array) => {
      bytes[fd] = (bytes[fd] ?? 0) + part.length
      if (text.length < 4096) text += Buffer.from(part).toString('latin1')
      if (!first || atFirst === undefined || child === undefined) return
      first = false
      child.pause(fd)
      const started = child
      void atFirst(child).then(() => started.resume(fd))
    },
    ended() {},
    taken() {},
    gone() {},
    exited,
  }
  child = await startChild({ spec: tty === undefined ? spec : { ...spec, tty }, pool, limits: LIMITS, sink })
  for (const fd of child.fds) child.resume(fd)
  return { end: await within(`the exit of ${argv.join(' ').slice(0, 60)}`, ended), bytes, text }
}

const TTY: TtySize = { cols: 80, rows: 24 }

describe('webtty process: loses nothing', () => {
  it('keeps all of 20 KB printed right before exit, on pipes', async () => {
    verifies('exec.complete')
    const printed = ['/bin/echo', '-n', 'hello'.repeat(BYTES / 5)]
    for (let index = 0; index < RUNS; index++) expect((await run(printed)).bytes[1]).toBe(BYTES)
  })

  it('keeps all of 20 KB printed right before exit, on a terminal', async () => {
    const printed = ['/bin/echo', '-n', 'hello'.repeat(BYTES / 5)]
    for (let index = 0; index < RUNS; index++) expect((await run(printed, { tty: TTY })).bytes[3]).toBe(BYTES)
  })
})
