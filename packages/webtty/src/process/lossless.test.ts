import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { type Fd, LIMITS, type TtySize } from '@towline/protocol'
import { eventually, tempFolder, verifies, within } from '@towline/testkit'
import type { Child, ChildEnd } from './child-types.ts'
import { nativePty } from './native-pty.ts'
import { PipePool } from './pipe-pool.ts'
import { procStat } from './proc-stat.ts'
import { startChild } from './start-child.ts'

/** More of them where one has the time: TOWLINE_TEST_RUNS=5000. */
const RUNS = Number(process.env.TOWLINE_TEST_RUNS ?? 250)
/** A loaded machine takes 20 ms for each. */
const RUNS_MS = 20_000 + RUNS * 40
const BYTES = 20_480

interface Ran {
  readonly end: ChildEnd
  readonly bytes: Readonly<Partial<Record<Fd, number>>>
  readonly text: string
}

interface Options {
  readonly tty?: TtySize
  /** Called when the first output has come, with output paused; the promise ends the pause. */
  readonly atFirst?: (child: Child) => Promise<unknown>
}

const pool = new PipePool(LIMITS)
afterAll(() => pool.close())

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
/** Reads on only when the process has exited, or waits for a reader. */
const untilExit = ({ identity: { pid } }: Child): Promise<unknown> =>
  eventually('the exit', () => (procStat(pid) === undefined ? true : undefined))
const untilStuck = ({ identity: { pid } }: Child): Promise<unknown> =>
  eventually('a full pipe', () =>
    /write|wait_woken/.test(readFileSync(`/proc/${pid}/wchan`, 'utf8')) ? true : undefined,
  )
const bash = (script: string): readonly string[] => ['/bin/bash', '-c', script]
const KINDS: ReadonlyArray<readonly [string, Fd, TtySize | undefined]> = [
  ['pipes', 1, undefined],
  ['a terminal', 3, TTY],
]

describe.each(KINDS)('webtty process: on %s', (_, fd, tty) => {
  const options = tty === undefined ? {} : { tty }
  /** A terminal writes a carriage return for each newline. */
  const lineEnds = (count: number): number => (tty === undefined ? 0 : count)

  it(
    `keeps all of 20 KB printed right before exit, ${RUNS} times`,
    async () => {
      verifies('exec.complete')
      const printed = ['/bin/echo', '-n', 'hello'.repeat(BYTES / 5)]
      for (let index = 0; index < RUNS; index++) expect((await run(printed, options)).bytes[fd]).toBe(BYTES)
    },
    RUNS_MS,
  )

  it('keeps all of 300 KB', async () => {
    for (let index = 0; index < RUNS / 10; index++)
      expect((await run(bash('seq 1 50000'), options)).bytes[fd]).toBe(288_894 + lineEnds(50_000))
  })

  it('keeps all when nobody reads around the exit, or while it prints', async () => {
    const few = await run(bash('echo x; sleep 0.05; exec seq 1 800'), { ...options, atFirst: untilExit })
    expect(few.bytes[fd]).toBe(2 + 3092 + lineEnds(801))
    const many = await run(bash('exec seq 1 30000'), { ...options, atFirst: untilStuck })
    expect(many.bytes[fd]).toBe(168_894 + lineEnds(30_000))
  })

  it('keeps all, and ends, when another process goes on holding its output', async () => {
    const ran = await run(bash('trap "" HUP; sleep 60 & echo $!; seq 1 5000; exit 6'), options)
    expect(ran.end.exitCode).toBe(6)
    const [pid = ''] = /^\d+/.exec(ran.text) ?? []
    expect(ran.bytes[fd]).toBe(23_893 + pid.length + 1 + lineEnds(5001))
    process.kill(Number(pid), 'SIGKILL')
  })

  it('ends though another process prints for ever', async () => {
    const ran = await run(bash('trap "" HUP; yes & echo $! > /dev/stderr; exit 5'), options)
    expect(ran.end.exitCode).toBe(5)
  })

  it('keeps what was printed by a process that was killed', async () => {
    const ran = await run(bash('seq 1 5000; kill -9 $$'), options)
    expect([ran.bytes[fd], ran.end.signal]).toEqual([23_893 + lineEnds(5000), 'SIGKILL'])
  })

  it('hands no terminal or pipe of another process on', async () => {
    const holders = await Promise.all(
      KINDS.map(([, , other]) => held(other === undefined ? { stdin: 'pipe' } : { stdin: 'none', tty: other })),
    )
    const ran = await run(['/bin/ls', '-l', '/proc/self/fd'], options)
    for (const child of holders) process.kill(child.identity.pid, 'SIGKILL')
    expect(ran.text.match(/ptmx|towline-pipes|socket:/g) ?? []).toHaveLength(tty === undefined ? 2 : 0)
    expect(ran.text.match(/pts/g) ?? []).toHaveLength(tty === undefined ? 0 : 3)
  })
})

/** A process that waits, with all that it holds open in us. */
const held = (kind: { readonly stdin: 'none' | 'pipe'; readonly tty?: TtySize }): Promise<Child> => {
  const spec = { file: '/bin/sleep', argv: ['sleep', '60'], cwd: '/', env: {}, ...kind }
  const sink = { output() {}, ended() {}, taken() {}, gone() {}, exited() {} }
  return startChild({ spec, pool, limits: LIMITS, sink }).then((child) => {
    for (const fd of child.fds) child.resume(fd)
    return child
  })
}

describe('webtty process', () => {
  it('leaves no descriptor behind', async () => {
    // As many commands as use up what is made ahead: after each such round as many pipes are ready as before.
    const round = async (): Promise<number> => {
      for (let index = 0; index < LIMITS.webttyPipesReady / 2; index++) {
        await run(['/bin/echo', 'x'])
        await run(['/bin/echo', 'x'], { tty: TTY })
      }
      return readdirSync('/proc/self/fd').length
    }
    const before = await round()
    expect(await round()).toBe(before)
  })

  it('leaves no file behind, though its pipes are open', async () => {
    const folder = tempFolder('pipes')
    vi.stubEnv('TMPDIR', folder.path)
    const other = new PipePool(LIMITS)
    const [pipe] = await other.take(1)
    expect(pipe?.path.startsWith(folder.path)).toBe(true)
    expect(readdirSync(folder.path)).toEqual([])
    vi.unstubAllEnvs()
    other.close()
    folder.remove()
  })

  it('says where terminals cannot be had, and what to do', () => {
    expect(() => nativePty('linux', 'mips')).toThrow(
      expect.objectContaining({ code: 'PTY_UNAVAILABLE', message: expect.stringContaining('node-pty-linux-mips') }),
    )
  })
})
