import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, it } from 'vitest'
import { FD } from '@towline/protocol'
import { eventually } from '@towline/testkit'
import { isStill, procStat } from '../process/proc-stat.ts'
import { bash, Listener, sessionsFixture } from './sessions.fixture.ts'

// No profile of whoever runs the tests: it may wait for something.
const fixture = sessionsFixture({ webttyKillGraceMs: 100 }, { PATH: process.env.PATH, HOME: tmpdir() })
const { sessions, run } = fixture
afterAll(() => fixture[Symbol.asyncDispose]())

const sha = (text: string): string => createHash('sha256').update(Buffer.from(text, 'latin1')).digest('hex')

/** Writes all of it, as fast as it is granted. */
const paste = async (listener: Listener, bytes: Uint8Array): Promise<void> => {
  let at = 0
  while (at < bytes.length) {
    const grants = listener.inbox.all.flatMap((heard) => (heard.kind === 'stdin' ? [heard.max] : []))
    const max = Math.max(...grants)
    listener.participation.write(at, bytes.subarray(at, max))
    at = Math.min(max, bytes.length)
    if (at < bytes.length)
      await listener.inbox.until('room for input', (heard) => heard.kind === 'stdin' && heard.max > max)
  }
}

describe('webtty terminals', () => {
  it('opens the login shell of the user, on a terminal of its own', async () => {
    // Its profile is another's business, and may take a minute.
    const shell = await run({ kind: 'pty', env: { HOME: '/' } })
    shell.participation.write(
      0,
      Buffer.from('echo "[$0|$TERM|$(tty)|$-]"; shopt -q login_shell && echo log"in"; exit 3\n'),
    )
    expect((await shell.exit()).exitCode).toBe(3)
    expect(shell.text(FD.pty)).toMatch(/\[\/bin\/bash\|xterm-256color\|\/dev\/pts\/\d+\|[a-zA-Z]*i[a-zA-Z]*\]/)
    expect(shell.text(FD.pty)).toMatch(/\nlogin/)
  })

  it('tells the program its size, and every change of it', async () => {
    const script = 'stty size; trap "stty size" WINCH; echo ready; while :; do read -t 1 || :; done'
    const program = await run({ kind: 'pty', argv: bash(script), tty: { cols: 132, rows: 50 } })
    await program.printed('ready')
    program.participation.resize({ cols: 100, rows: 40 })
    await program.printed('40 100')
    expect(program.text(FD.pty)).toMatch(/^50 132\r\n/)
  })

  it('takes sizes that no terminal has', async () => {
    const program = await run({ kind: 'pty', argv: ['sleep', '60'], tty: { cols: 0, rows: Number.NaN } })
    program.participation.resize({ cols: 1e9, rows: -3 })
    expect(program.participation.session.info.state).toBe('running')
  })

  it('interrupts what runs in front by ^C', async () => {
    const shell = await run({ kind: 'pty', argv: ['bash', '--norc', '-i'], env: { PS1: 'next> ' } })
    shell.participation.write(0, Buffer.from('sleep 61; echo code $?\n'))
    await shell.printed('sleep 61')
    await inFront(shell, 'sleep')
    shell.participation.write(shell.participation.session.stdinOffset, Uint8Array.of(3))
    await shell.printed(/\^C[^>]*next> $/)
    expect(isStill({ pid: shell.participation.session.pid, startedTicks: '' })).toBe(true)
  })

  it('signals what runs in front, and leaves the shell alone', async () => {
    const shell = await run({ kind: 'pty', argv: ['bash', '--norc', '-i'], env: { PS1: 'next> ' } })
    shell.participation.write(0, Buffer.from('sleep 62; echo code $?\n'))
    await inFront(shell, 'sleep')
    shell.participation.signal('KILL', 'foreground')
    await shell.printed('code 137')
  })

  it('erases whole characters in lines that the kernel edits', async () => {
    const program = await run({ kind: 'pty', argv: bash('stty -echo; echo ready; read line; echo "<$line>"') })
    await program.printed('ready')
    program.participation.write(0, Buffer.from('aü\x7fb\n'))
    await program.printed('<ab>')
  })

  it('pastes 1 MB with nothing lost, and waits for no one', async () => {
    const program = await run({ kind: 'pty', argv: bash('stty raw -echo; echo ready; head -c 1000000 | sha256sum') })
    await program.printed('ready')
    const text = 'ö€ 0123456789\n'.repeat(62_500).slice(0, 1_000_000)
    const bytes = Buffer.from(text).subarray(0, 1_000_000)
    await paste(program, bytes)
    await program.exit()
    expect(program.text(FD.pty)).toContain(sha(bytes.toString('latin1')))
  })

  it('does not wait for a program that takes no input', async () => {
    const program = await run({ kind: 'pty', argv: bash('stty raw -echo; echo ready; exec sleep 60') })
    await program.printed('ready')
    program.participation.write(0, new Uint8Array(250_000).fill(97))
    program.participation.leave('cancel')
    expect((await eventually('its end', () => ended(program)))?.killedBy).toBe('cancel')
  })

  it('passes UTF-8 through, wherever reads cut it', async () => {
    const program = await run({ kind: 'pty', argv: bash('for i in {1..20000}; do printf "日本語€😀"; done') })
    await program.exit()
    expect(sha(program.text(FD.pty))).toBe(sha(Buffer.from('日本語€😀'.repeat(20_000)).toString('latin1')))
  })

  it('ends a program that reads, by the end of its input', async () => {
    const program = await run({ kind: 'pty', argv: ['cat'] })
    program.participation.write(0, Buffer.from('line\n'))
    program.participation.endStdin(5)
    expect((await program.exit()).exitCode).toBe(0)
  })

  it('hangs up on a shell that ignores TERM, when its client cancels', async () => {
    const shell = await run({ kind: 'pty', argv: ['bash', '--norc', '-i'], env: { PS1: 'next> ' } })
    await shell.printed('next> ')
    shell.participation.leave('cancel')
    expect((await eventually('its end', () => ended(shell)))?.killedBy).toBe('cancel')
  })

  it('stops a program of which the opener takes no more, and goes on by credit', async () => {
    const listener = new Listener()
    listener.take(await sessions.open({ kind: 'pty', argv: bash('stty -opost; exec seq 1 200000') }, listener), 100_000)
    await listener.inbox.until('what was granted', () => listener.text(FD.pty).length === 100_000)
    const { pid } = listener.participation.session
    await eventually('a program that waits', () => (procStat(pid)?.state === 'S' ? true : undefined))
    expect(listener.text(FD.pty)).toHaveLength(100_000)
    listener.take(listener.participation)
    await listener.exit()
    expect(listener.text(FD.pty)).toHaveLength(1_288_895)
  })
})

const ended = ({ participation }: Listener): { readonly killedBy: string | null } | undefined =>
  sessions.list().find(({ processId }) => processId === participation.session.info.processId)?.exit

/** Waits until this program is in front on the terminal. */
const inFront = (shell: Listener, name: string): Promise<unknown> =>
  eventually(`${name} in front`, () => {
    const { pid } = shell.participation.session
    const front = procStat(pid)?.foreground ?? pid
    return front !== pid && commandOf(front).includes(name) ? true : undefined
  })

const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}
