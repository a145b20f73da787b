/** Proves that a terminal goes on where it was when the network between breaks or falls silent: the same shell, nothing lost, nothing twice. */
import { join } from 'node:path'
import { eventually, openRelay, type Relay, towline, verifies } from '@towline/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Machines, openMachines } from './machines.ts'
import { missing, openTmux, type Tmux, without } from '../tmux.ts'

const lacks = missing('tmux', 'vim')
/** A silent path is given up when what was typed had no answer; only then does a terminal come back. */
const SILENT_MS = 60_000

describe.skipIf(lacks.length > 0)(`webtty client: over a broken network${without(lacks)}`, { timeout: 120_000 }, () => {
  let machines: Machines
  let relay: Relay
  let tmux: Tmux
  beforeAll(async () => {
    machines = await openMachines()
  })
  afterAll(() => machines?.[Symbol.asyncDispose]())

  beforeEach(async () => {
    relay = await openRelay(machines.up.port)
    const { up } = machines
    tmux = await openTmux({
      ...up.env,
      TOWLINE_URL: `https://127.0.0.1:${relay.port}`,
      TOWLINE_TOKEN: up.context().token,
      TOWLINE_CA_FILE: join(up.folder.path, 'data', 'ca.pem'),
    })
    const shell = ['--env', "PS1='far> '", '--', 'bash', '--norc', '--noprofile']
    await tmux.enter(`clear; ${towline('webtty', 'client', '--url', 'tow://lab', ...shell).join(' ')}`)
    await tmux.until(/^far>$/m)
  })
  afterEach(async () => {
    await tmux?.[Symbol.asyncDispose]()
    await relay?.close()
  })

  const shellPid = async (): Promise<string> => {
    await tmux.enter('clear; echo "pid $$"')
    return /^pid (\d+)$/m.exec(await tmux.until(/^pid \d+$/m, SILENT_MS))?.[1] ?? ''
  }

  it('keeps the shell over one cut after the other, and what is typed meanwhile arrives once', async () => {
    verifies('term.resume')
    const pid = await shellPid()
    for (let round = 1; round <= 5; round++) {
      relay.cut()
      await tmux.enter(`echo "round ${round} $$"`)
      await tmux.until(new RegExp(`^round ${round} ${pid}$`, 'm'))
    }
    const shown = await tmux.screen({ history: true })
    expect(shown.match(/^round \d \d+$/gm)).toEqual([1, 2, 3, 4, 5].map((round) => `round ${round} ${pid}`))
  })

  it('loses and repeats no line of a long output that is cut again and again', async () => {
    verifies('term.resume')
    const count = 300_000
    let cuts = 0
    await tmux.enter(`clear; seq 1 ${count}; echo "the end"`)
    for (const percent of [5, 20, 40]) {
      const at = await eventually(`line ${percent} %`, async () => {
        const [last = '0'] = (await tmux.screen()).match(/^\d+$/gm)?.slice(-1) ?? []
        return Number(last) >= (count * percent) / 100 ? Number(last) : undefined
      })
      relay.cut()
      if (at < count) cuts++
    }
    expect(cuts).toBeGreaterThan(0)
    await tmux.until(/^the end$/m, SILENT_MS)
    const lines = (await tmux.screen({ history: true })).match(/^\d+$/gm) ?? []
    expect(lines).toEqual(Array.from({ length: count }, (_, at) => String(at + 1)))
  })

  it('comes back to the other screen, as the editor left it, and leaves that as it should', async () => {
    verifies('term.resume', 'term.client')
    const file = join(machines.up.folder.path, 'cut')
    await tmux.enter(`clear; echo "under it"; vim -u NONE -N -n ${file}`)
    await tmux.until(/^~$/m)
    await tmux.type('ibefore the cut')
    await tmux.until(/^before the cut$/m)
    relay.cut()
    await tmux.type(' and after')
    const shown = await tmux.until(/^before the cut and after$/m)
    expect(shown.split('\n').slice(0, 4)).toEqual(['before the cut and after', '~', '~', '~'])
    expect(await tmux.ask('#{alternate_on}')).toBe('1')
    await tmux.press('Escape')
    await tmux.enter(':q!')
    await tmux.until(/^under it$/m)
    expect(await tmux.ask('#{alternate_on}')).toBe('0')
    await tmux.until(/^far>$/m)
  })

  it('comes back when the path fell silent and nobody was told, with the same shell and all that was shown', async () => {
    verifies('term.resume')
    const pid = await shellPid()
    await tmux.enter('clear; seq 1 40')
    await tmux.until(/^40$/m)
    relay.fallSilent()
    await tmux.enter('echo "typed into silence $$"')
    await tmux.until(/coming back/, SILENT_MS)
    relay.recover()
    await tmux.until(new RegExp(`^typed into silence ${pid}$`, 'm'), SILENT_MS)
    const shown = await tmux.screen({ history: true })
    expect(shown.match(/^\d+$/gm)).toEqual(Array.from({ length: 40 }, (_, at) => String(at + 1)))
    expect(shown).not.toContain('coming back')
    expect(await shellPid()).toBe(pid)
  })

  it('takes its word away from the screen of an editor when the path is back', async () => {
    verifies('term.resume')
    await tmux.enter('vim -u NONE -N -n')
    await tmux.until(/^~$/m)
    await tmux.type('ibefore')
    await tmux.until(/^before$/m)
    relay.fallSilent()
    await tmux.type(' and after')
    await tmux.until(/coming back/, SILENT_MS)
    relay.recover()
    const shown = await tmux.until(/^before and after$/m, SILENT_MS)
    expect(shown).not.toContain('coming back')
  })

  it('can be ended while nothing comes through, and gives the terminal back', async () => {
    verifies('term.client')
    relay.fallSilent()
    await tmux.press('Enter')
    await tmux.type('~')
    await tmux.type('.')
    await tmux.until(/^local>$/m)
    await tmux.enter('stty -a | tr ";" "\\n" | grep -o " echo "')
    await tmux.until(/^ echo$/m)
  })

  it('is lost with 255 when the server was killed meanwhile', async () => {
    verifies('term.client', 'exec.exit')
    const { program } = await machines.serve('leaving')
    await tmux.enter('exit')
    await tmux.until(/^local>$/m)
    await tmux.enter(towline('webtty', 'client', '--url', 'tow://leaving', '--', 'cat').join(' '))
    await tmux.enter('here')
    await tmux.until(/^here\nhere$/m)
    program.kill('SIGKILL')
    await machines.serve('leaving')
    await tmux.until(/^error PROCESS_UNKNOWN: /m, SILENT_MS)
    await tmux.enter('echo "status $?"')
    await tmux.until(/^status 255$/m)
  })
})
