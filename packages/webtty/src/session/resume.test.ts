import { afterAll, describe, expect, it } from 'vitest'
import { FD } from '@towline/protocol'
import { eventually, within } from '@towline/testkit'
import { isAlive, procStat } from '../process/proc-stat.ts'
import { bash, Listener, sessionsFixture } from './sessions.fixture.ts'
import type { Participation } from './session-types.ts'

const RING = 64 * 1024
const fixture = sessionsFixture(
  { webttyKillGraceMs: 100, webttyDetachMs: 30, webttyPtyRing: RING, webttyExecRing: 128 * 1024 },
  { PATH: process.env.PATH },
)
const { sessions, run } = fixture
afterAll(() => fixture[Symbol.asyncDispose]())

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'was not refused',
    (error: { code?: string }) => error.code,
  )

/** Comes back, and listens from the offset that was reached before. */
const attach = async (before: Participation, offset = 0, resumeToken?: string): Promise<Listener> => {
  const listener = new Listener()
  const { processId } = before.session.info
  const offsets = { [FD.pty]: offset, [FD.stdout]: offset }
  const ask = { processId, offsets, sink: listener, ...(resumeToken === undefined ? {} : { resumeToken }) }
  listener.take(await sessions.attach(ask))
  return listener
}

const ended = (participation: Participation): Promise<true> =>
  eventually('the end of the process', () => (participation.session.info.state === 'running' ? undefined : true))

describe('webtty sessions: come back', () => {
  it('refuses an unknown process, a wrong token and one before the last in the same words', async () => {
    const program = await run({ kind: 'pty', argv: ['sleep', '60'] })
    const { participation } = program
    const { resumeToken } = participation.session
    expect(await codeOf(sessions.attach({ processId: 'no-such', offsets: {}, sink: program }))).toBe('PROCESS_UNKNOWN')
    expect(await codeOf(attach(participation, 0, 'x'.repeat(43)))).toBe('PROCESS_UNKNOWN')
    const lost = await attach(participation, 0, resumeToken)
    const again = await attach(participation, 0, resumeToken)
    const { resumeToken: next } = again.participation.session
    expect(next).toMatch(/^[\w-]{43}$/)
    expect([resumeToken, lost.participation.session.resumeToken]).not.toContain(next)
    const last = await attach(participation, 0, next)
    expect(await codeOf(attach(participation, 0, resumeToken))).toBe('PROCESS_UNKNOWN')
    last.participation.leave('cancel')
  })

  it('hears the end, and no output, when it asks for none', async () => {
    const program = await run({ kind: 'exec', argv: bash('echo out; echo err >&2; read; exit 3'), stdin: 'pipe' })
    const waiting = new Listener()
    const { processId } = program.participation.session.info
    waiting.take(await sessions.attach({ processId, offsets: {}, sink: waiting }))
    program.participation.endStdin(0)
    expect((await waiting.exit()).exitCode).toBe(3)
    const late = new Listener()
    late.take(await sessions.attach({ processId, offsets: {}, sink: late }))
    expect((await late.exit()).exitCode).toBe(3)
    const heard = [...waiting.inbox.all, ...late.inbox.all].map(({ kind }) => kind)
    expect(heard).toEqual(['stdin', 'exited', 'ended', 'exited'])
  })

  it('goes on where it was, with nothing lost and nothing twice', async () => {
    const program = await run({ kind: 'pty', argv: ['cat'], detach: true })
    program.participation.write(0, Buffer.from('one\n'))
    await program.printed('one\r\none\r\n')
    const { session } = program.participation
    program.participation.leave('cut')
    const again = await attach(program.participation, 5, session.resumeToken)
    expect(again.participation.session.stdinOffset).toBe(4)
    again.participation.write(0, Buffer.from('one\ntwo\n'))
    await again.inbox.until('the rest', () => again.text(FD.pty, 5).endsWith('two\r\ntwo\r\n'))
    expect(again.text(FD.pty, 5)).toBe('one\r\ntwo\r\ntwo\r\n')
    again.participation.leave('cancel')
  })

  it('goes on for who was replaced, but its going ends nothing', async () => {
    const program = await run({ kind: 'pty', argv: ['cat'] })
    const again = await attach(program.participation, 0, program.participation.session.resumeToken)
    again.participation.write(0, Buffer.from('new\n'))
    await Promise.all([again.printed('new\r\nnew'), program.printed('new\r\nnew')])
    program.participation.leave('cancel')
    again.participation.write(4, Buffer.from('more\n'))
    await again.printed('more\r\nmore')
    again.participation.leave('cancel')
  })

  it('lets who has no token hold a terminal that nobody holds, until the opener is back', async () => {
    const program = await run({ kind: 'pty', argv: ['cat'], detach: true })
    const { resumeToken } = program.participation.session
    program.participation.leave('cut')
    const holder = await attach(program.participation)
    holder.participation.write(0, Buffer.from('held\n'))
    await holder.printed('held\r\nheld')
    const again = await attach(program.participation, 0, resumeToken)
    holder.participation.leave('cancel')
    await again.printed('held\r\nheld')
    expect(again.participation.session.info.state).toBe('running')
    again.participation.leave('cancel')
  })

  it('tells who comes back how much of the output was for others to answer', async () => {
    const program = await run({ kind: 'pty', argv: ['cat'], detach: true })
    program.participation.write(0, Buffer.from('one\n'))
    await program.printed('one\r\none\r\n')
    const { answered, resumeToken } = program.participation.session
    const beside = await attach(program.participation)
    const same = await attach(program.participation, 0, resumeToken)
    const { resumeToken: next } = same.participation.session
    same.participation.leave('cut')
    const holder = await attach(program.participation)
    holder.participation.write(4, Buffer.from('two\n'))
    await holder.printed('two\r\ntwo\r\n')
    const again = await attach(program.participation, 0, next)
    const told = [beside, same, holder, again].map(({ participation }) => participation.session.answered)
    expect([answered, ...told]).toEqual([0, 10, 0, 10, 20])
    again.participation.leave('cancel')
  })

  it('ends a terminal whose client was cut off and did not come back', async () => {
    const program = await run({ kind: 'pty', argv: ['sleep', '60'] })
    program.participation.leave('cut')
    await ended(program.participation)
    expect(program.participation.session.info.exit).toMatchObject({ killedBy: 'cancel' })
  })

  it('keeps a terminal that its client left on purpose', async () => {
    const program = await run({ kind: 'pty', argv: ['sleep', '60'] })
    program.participation.leave('detach')
    expect(program.participation.session.info).toMatchObject({ state: 'running', detached: true })
  })

  it('keeps the result of a process for those who come late', async () => {
    const program = await run({ kind: 'exec', argv: bash('seq 1 100; exit 9') })
    await program.exit()
    const late = await attach(program.participation)
    expect((await late.exit()).exitCode).toBe(9)
    expect(late.text(FD.stdout)).toHaveLength(292)
  })

  it('gives head and tail of a long output, and says by its offset what is missing', async () => {
    const program = await run({ kind: 'exec', argv: bash('seq 1 100000') })
    await program.exit()
    const late = await attach(program.participation)
    await late.exit()
    const parts = late.inbox.all.flatMap((heard) => (heard.kind === 'output' && heard.fd === FD.stdout ? [heard] : []))
    const jump = parts.findIndex(({ text }) => text === '')
    const head = parts
      .slice(0, jump)
      .map(({ text }) => text)
      .join('')
    const tail = parts
      .slice(jump)
      .map(({ text }) => text)
      .join('')
    const half = 64 * 1024
    expect([head.length, tail.length, parts[jump]?.offset]).toEqual([half, half, 588_895 - half])
    expect([head.slice(0, 6), tail.slice(-7)]).toEqual(['1\n2\n3\n', '100000\n'])
  })
})

describe('webtty sessions: input', () => {
  it('tells whoever comes that there is none, or no more', async () => {
    const deaf = await run({ kind: 'exec', argv: ['sleep', '60'] })
    const full = await run({ kind: 'exec', argv: ['sleep', '60'], stdin: 'pipe' })
    full.participation.write(0, Buffer.from('all'))
    full.participation.endStdin(3)
    for (const [opener, offset] of [
      [deaf, 0],
      [full, 3],
    ] as const) {
      const late = await attach(opener.participation)
      expect(late.inbox.all[0]).toEqual({ kind: 'ended', fd: FD.stdin, offset })
      expect(() => late.participation.write(offset, Buffer.from('x'))).toThrow(/takes no more input/)
      opener.participation.leave('cancel')
    }
  })
})

describe('webtty sessions: the same request again', () => {
  const request = { kind: 'exec', argv: bash('echo $$; exec sleep 60') } as const

  it('answers the process that runs, with its output from the start', async () => {
    const [first, second] = await Promise.all([
      run({ ...request, processId: 'same' }),
      run({ ...request, processId: 'same', tty: { cols: 1, rows: 1 } }),
    ])
    await second.printed(/\d+\n/, FD.stdout)
    expect(second.text(FD.stdout)).toBe(`${first.participation.session.pid}\n`)
    expect(second.participation.session.pid).toBe(first.participation.session.pid)
  })

  it('refuses another request with the same id', async () => {
    const first = await run({ ...request, processId: 'other' })
    expect(await codeOf(run({ ...request, processId: 'other', cwd: '/tmp' }))).toBe('PROCESS_CONFLICT')
    first.participation.leave('cancel')
  })

  it('may try again what could not be started', async () => {
    expect(await codeOf(run({ kind: 'exec', argv: ['no-such'], processId: 'again' }))).toBe('COMMAND_UNKNOWN')
    const second = await run({ kind: 'exec', argv: ['true'], processId: 'again' })
    expect((await second.exit()).exitCode).toBe(0)
  })
})

describe('webtty sessions: spectators', () => {
  it('never stop the process, and are shown the screen when they fell behind', async () => {
    const script =
      'printf "\\033[?1049h\\033[?25l\\033[31mRED"; seq 1 20000; printf "\\033[H\\033[2Jdone here"; exec sleep 60'
    const opener = await run({ kind: 'pty', argv: bash(script), tty: { cols: 40, rows: 10 } })
    const stalled = new Listener()
    const { processId } = opener.participation.session.info
    stalled.take(await sessions.attach({ processId, offsets: { [FD.pty]: 0 }, sink: stalled }), 0)
    await opener.printed('done here')
    stalled.take(stalled.participation)
    const shown = await stalled.inbox.until('a snapshot', ({ kind }) => kind === 'snapshot')
    if (shown.kind !== 'snapshot') throw new Error('not reached')
    expect(shown.offset).toBe(opener.text(FD.pty).length)
    expect(shown.data).toContain('done here')
    expect(shown.data).toContain('\x1b[?1049h')
    expect(shown.data).toContain('\x1b[?25l')
    opener.participation.leave('cancel')
  })

  it('do not change the size of a terminal that another holds', async () => {
    const opener = await run({ kind: 'pty', argv: bash('stty size; read; stty size; read; stty size; exec sleep 60') })
    const spectator = await attach(opener.participation)
    await opener.printed('24 80\r\n')
    spectator.participation.resize({ cols: 50, rows: 20 })
    spectator.participation.write(0, Buffer.from('\n'))
    await opener.printed('24 80\r\n\r\n24 80\r\n')
    opener.participation.resize({ cols: 60, rows: 30 })
    opener.participation.write(1, Buffer.from('\n'))
    await opener.printed('30 60\r\n')
    opener.participation.leave('cancel')
  })

  it('go without ending anything, and get no token', async () => {
    const opener = await run({ kind: 'exec', argv: ['sleep', '60'] })
    const spectator = await attach(opener.participation)
    expect(spectator.participation.session.resumeToken).toBe('')
    spectator.participation.leave('cancel')
    expect(procStat(opener.participation.session.pid)).toBeDefined()
    opener.participation.leave('cancel')
  })
})

describe('webtty sessions: while nobody looks', () => {
  it('is held by who comes without a token, for as long as it stays', async () => {
    const program = await run({ kind: 'pty', argv: ['cat'] })
    program.participation.leave('cut')
    const holder = await attach(program.participation)
    // Longer than the grace of who was cut off.
    await (await run({ kind: 'exec', argv: ['sleep', '0.3'] })).exit()
    expect(holder.participation.session.info.state).toBe('running')
    holder.participation.leave('cancel')
  })

  it('goes on printing, and shows the screen to who comes back', async () => {
    const script = 'read; seq 1 20000; printf "the end"; exec sleep 60'
    const program = await run({ kind: 'pty', argv: bash(script), detach: true })
    const { resumeToken } = program.participation.session
    program.participation.write(0, Buffer.from('\n'))
    await program.printed('\r\n')
    program.participation.leave('cut')
    const watcher = await attach(program.participation)
    await watcher.inbox.until('the end', (heard) => JSON.stringify(heard).includes('the end'))
    const again = await attach(program.participation, 2, resumeToken)
    const shown = await again.inbox.until('a snapshot', ({ kind }) => kind === 'snapshot')
    expect(JSON.stringify(shown)).toContain('20000')
    expect(JSON.stringify(shown)).toContain('the end')
    again.participation.leave('cancel')
  })

  it('answers what programs ask a terminal', async () => {
    const ask = String.raw`printf "\033$q"; IFS= read -rs -d "" -n 4 a; printf "%q " "$a"; IFS= read -rs -d "" -t 0.1 rest`
    const script = `stty raw -echo; printf ready; read -rn1; for q in "[c" "[6n" "]11;?\\033\\\\\\\\"; do ${ask}; done`
    const program = await run({ kind: 'pty', argv: bash(script), detach: true })
    await program.printed('ready')
    program.participation.write(0, Buffer.from('x'))
    program.participation.leave('cut')
    await ended(program.participation)
    const late = await attach(program.participation)
    await late.exit()
    expect(late.text(FD.pty).match(/\$'\\E[^']*'/g)).toEqual([
      String.raw`$'\E[?6'`,
      String.raw`$'\E[1;'`,
      String.raw`$'\E]11'`,
    ])
  })
})

describe('webtty sessions: bounds', () => {
  it('refuses more processes than fit, and forgets ended ones, the oldest first', async () => {
    await using small = sessionsFixture(
      { webttyProcesses: 2, webttyEnded: 1, webttyKillGraceMs: 100 },
      { PATH: process.env.PATH },
    )
    const first = await small.run({ kind: 'exec', argv: ['sleep', '60'] })
    await small.run({ kind: 'exec', argv: ['sleep', '60'] })
    expect(await codeOf(small.run({ kind: 'exec', argv: ['true'] }))).toBe('LIMIT_REACHED')
    first.participation.leave('cancel')
    await ended(first.participation)
    const later = await small.run({ kind: 'exec', argv: ['true'] })
    await later.exit()
    const { processId } = first.participation.session.info
    expect(small.sessions.list().map(({ state }) => state)).toEqual(['running', 'exited'])
    expect(await codeOf(small.sessions.attach({ processId, offsets: {}, sink: later }))).toBe('PROCESS_UNKNOWN')
  })

  it('ends every process when it closes, also one that nobody reads, and starts no more', async () => {
    const closing = sessionsFixture({ webttyKillGraceMs: 100 }, { PATH: process.env.PATH })
    const unread = new Listener()
    unread.take(await closing.sessions.open({ kind: 'exec', argv: ['yes'] }, unread), 10)
    const shell = await closing.run({ kind: 'pty', argv: bash('trap "" TERM HUP; setsid sleep 60 & echo $!; wait') })
    await shell.printed(/\d+\r\n/)
    await within('the end', Promise.all([closing.sessions.close(), closing.sessions.close()]))
    expect(closing.sessions.list().map(({ exit }) => exit?.killedBy)).toEqual(['shutdown', 'shutdown'])
    expect(isAlive(procStat(Number.parseInt(shell.text(FD.pty), 10)))).toBe(false)
    expect(await codeOf(closing.run({ kind: 'exec', argv: ['true'] }))).toBe('SHUTTING_DOWN')
  })
})
