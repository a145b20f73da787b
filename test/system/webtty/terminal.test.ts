/** Proves that a terminal on another machine is as good as one here, by what tmux shows of it and types into it. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, towline, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Machines, openMachines } from './machines.ts'
import { missing, openTmux, type Tmux, without } from '../tmux.ts'

const lacks = missing('tmux', 'vim', 'htop', 'less')

/** As a person types it. */
const client = (...words: readonly string[]): string => towline('webtty', 'client', ...words).join(' ')
const SHELL = ['--url', 'tow://lab', '--env', "PS1='far> '", '--', 'bash', '--norc', '--noprofile']

describe.skipIf(lacks.length > 0)(`webtty client${without(lacks)}`, () => {
  let machines: Machines
  beforeAll(async () => {
    machines = await openMachines()
  })
  afterAll(() => machines?.[Symbol.asyncDispose]())

  /** A terminal here, with a shell of the other machine in it. */
  const open = async (size?: { readonly cols: number; readonly rows: number }): Promise<Tmux> => {
    const tmux = await openTmux(machines.up.env, size)
    await tmux.enter(client(...SHELL))
    await tmux.until(/^far>$/m)
    return tmux
  }
  const at = (name: string): string => join(machines.up.folder.path, name)

  it('edits a file with vim, and gives the screen back as it was', async () => {
    verifies('term.client')
    await using tmux = await open()
    await tmux.enter('echo before')
    await tmux.enter(`vim -u NONE -N -n ${at('note')}`)
    await tmux.until(/^~$/m)
    expect(await tmux.ask('#{alternate_on}')).toBe('1')
    await tmux.type('iGrüße, 世界 😀')
    await tmux.press('Escape')
    await tmux.until(/^Grüße, 世界 😀$/m)
    await tmux.enter(':wq')
    await tmux.until(/^before$/m)
    expect(await tmux.ask('#{alternate_on}')).toBe('0')
    expect(readFileSync(at('note'), 'utf8')).toBe('Grüße, 世界 😀\n')
  })

  it('draws htop in colours, and pages with less', async () => {
    verifies('term.client')
    await using tmux = await open()
    await tmux.enter('htop')
    await tmux.until(/Load average/)
    expect(await tmux.screen({ colours: true })).toMatch(/\u001b\[[\d;]*(3|4)\dm/)
    await tmux.press('q')
    await tmux.until(/^far>$/m)
    await tmux.enter('seq 1 1000 | less')
    await tmux.until(/^1$[^]*^23$\n^:$/m)
    await tmux.press('Space')
    await tmux.until(/^24$[^]*^46$/m)
    await tmux.press('G')
    await tmux.until(/^1000$\n^\(END\)$/m)
    await tmux.press('q')
    await tmux.until(/^far>$/m)
  })

  it('has the size of the terminal here, and follows it', async () => {
    verifies('term.client')
    await using tmux = await open({ cols: 91, rows: 31 })
    await tmux.enter('stty size')
    await tmux.until(/^31 91$/m)
    await tmux.enter('trap "stty size" WINCH; echo armed')
    await tmux.until(/^armed$/m)
    await tmux.resize(120, 40)
    await tmux.until(/^(far> )?40 120$/m)
  })

  it('takes a paste of 1 MB, whole', async () => {
    verifies('term.client')
    await using tmux = await open()
    const text = Array.from({ length: 62_500 }, (_, line) => `line ${String(line).padStart(10)}`).join('')
    await tmux.enter(`stty -icanon -echo; echo ready; head -c ${text.length} | sha256sum; stty sane`)
    await tmux.until(/^ready$/m)
    await tmux.paste(text)
    await tmux.until(new RegExp(`^${createHash('sha256').update(text).digest('hex')}`, 'm'))
  })

  it('shows and takes UTF-8 that comes a byte at a time', async () => {
    verifies('term.client')
    await using tmux = await open()
    const print = String.raw`for b in c3 a4 e2 82 ac f0 9f 98 80 e4 b8 96; do printf "\\x$b"; read -rt 0.01 < <(:); done; echo`
    await tmux.enter(`clear; ${print}`)
    await tmux.until(/^ä€😀世$/m)
    await tmux.enter(`cat > ${at('typed')}`)
    // Before the shell has left its own editing, the end of file would be a character.
    await eventually('the program that reads', () => existsSync(at('typed')) || undefined)
    for (const character of 'ä€😀世') await tmux.type(character)
    await tmux.press('Enter', 'C-d')
    await eventually(
      'what was typed',
      () => (existsSync(at('typed')) && readFileSync(at('typed'), 'utf8') === 'ä€😀世\n') || undefined,
    )
  })

  it('lets programs copy, ask for the mouse, and leaves no mode behind', async () => {
    verifies('term.client')
    await using tmux = await open()
    await tmux.enter(String.raw`printf '\033]52;c;%s\007' "$(printf 'copied afar' | base64)"`)
    await eventually('the copy', async () =>
      (await tmux.command('list-buffers')).includes('copied afar') ? true : undefined,
    )
    await tmux.enter(String.raw`printf '\033[?1000h\033[?1006h\033[?25l\033[?2004h\033[?1049h'`)
    await eventually('the mouse', async () => ((await tmux.ask('#{mouse_standard_flag}')) === '1' ? true : undefined))
    await tmux.enter('exit 7')
    await tmux.until(/^local>$/m)
    expect(await tmux.ask('#{mouse_any_flag} #{mouse_sgr_flag} #{alternate_on} #{cursor_flag}')).toBe('0 0 0 1')
    await tmux.enter('echo "status $?"; stty -a | tr ";" "\\n" | grep -o " echo "')
    await tmux.until(/^status 7\n echo$/m)
  })

  it('says what ~ does, ends by ~. and ends what ran there', async () => {
    verifies('term.client')
    await using tmux = await open()
    await tmux.enter('echo $$')
    const [, pid] = /^(\d+)$/m.exec(await tmux.until(/^\d+$/m)) ?? []
    await tmux.type('~')
    await tmux.type('?')
    await tmux.until(/^~\. +end this terminal/m)
    await tmux.press('Enter')
    await tmux.type('~')
    await tmux.type('.')
    await tmux.until(/^local>$/m)
    await eventually('its end', () => (existsSync(`/proc/${pid}`) ? undefined : true))
  })

  it('is left running by ~d, and gone on with elsewhere in another size', async () => {
    verifies('term.client', 'exec.detach')
    await using tmux = await open()
    await tmux.enter('x=kept; vim -u NONE -N -n +q; echo "done $x $$"')
    const [, pid] = /^done kept (\d+)$/m.exec(await tmux.until(/^done kept \d+$/m)) ?? []
    await tmux.type('~')
    await tmux.type('d')
    await tmux.until(/^left running; come back with: towline webtty client --url tow:\/\/lab --att/m)
    await tmux.until(/^local>$/m)
    const seen = (await machines.processes('lab')).find((one) => one.pid === Number(pid))
    expect(seen).toMatchObject({ kind: 'pty', state: 'running', detached: true })
    await using elsewhere = await openTmux(machines.up.env, { cols: 100, rows: 30 })
    await elsewhere.enter(client('--url', 'tow://lab', '--attach', String(seen?.processId)))
    await elsewhere.until(/^done kept \d+\nfar>$/m)
    await elsewhere.enter('echo "$x $$ $(stty size)"')
    await elsewhere.until(new RegExp(`^kept ${pid} 30 100$`, 'm'))
    await elsewhere.enter('exit 3')
    await elsewhere.until(/^local>$/m)
    await elsewhere.enter('echo "status $?"')
    await elsewhere.until(/^status 3$/m)
  })

  it('runs without a terminal too, and ends with its status', async () => {
    verifies('term.client')
    const { status, stdout } = await machines.ask('client', 'lab', ['--', 'sh', '-c', 'cat; exit 4'], 'typed\n')
    expect({ status, stdout }).toEqual({ status: 4, stdout: 'typed\r\ntyped\r\n' })
  })
})
