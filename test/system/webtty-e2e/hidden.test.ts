/** Proves that a relay learns nothing of what passes: not on its sockets, not in its memory, logs, database or audit. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, type Home, startUp, type Up, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acquaint, done, openPair, type Pair, serve } from './pair.ts'
import { count, countInMemory, openTap, type Tap } from './tap.ts'

interface World {
  readonly up: Up
  readonly taps: readonly Tap[]
  readonly pair: Pair
}

let world: World
beforeAll(async () => {
  const up = await startUp()
  const taps = [await openTap(up.port), await openTap(up.port)] as const
  const pair = await openPair(up, { machineWay: taps[0], deskWay: taps[1] })
  await serve(pair.machine, '--name', 'vault', '--identity', 'vault')
  await serve(pair.machine, '--name', 'open')
  await acquaint(pair)
  world = { up, taps, pair }
})
afterAll(async () => {
  await world?.pair.close()
  await Promise.all((world?.taps ?? []).map((tap) => tap.close()))
  await world?.up.close()
})

const LINES = 1000

/** Says a word in every way there is; a terminal that showed it stays open. */
const say = async (desk: Home, name: string, word: string) => {
  const url = ['--url', `tow://${name}`]
  const line = 'read in; echo "$in" "$0" "$W"; echo "$in" "$0" "$W" >&2; exit 42'
  const ran = desk.run(
    [
      'webtty',
      'exec',
      ...url,
      '--stdin',
      '--title',
      word,
      '-e',
      `W=env-${word}`,
      '--',
      'sh',
      '-c',
      line,
      `argv-${word}`,
    ],
    { input: `stdin-${word}\n` },
  )
  const all = `stdin-${word} argv-${word} env-${word}\n`
  expect(await ran).toEqual({ status: 42, signal: null, stdout: all, stderr: all })
  await desk.run(['webtty', 'exec', ...url, '-w', `/no/such/folder-${word}`, '--', 'true'])
  await done(desk.run(['webtty', 'exec', ...url, '--detach', '--id', `id-${word}`, '--', 'true']))
  const terminal = desk.start(['webtty', 'client', ...url, '--', 'sh', '-c', 'stty raw -echo; echo ready; exec cat'])
  await eventually('its start', () => (terminal.stdout().includes('ready') ? true : undefined))
  // Often enough to fill what a relay keeps of its last reads.
  terminal.child.stdin?.write(`typed-${word}\n`.repeat(LINES))
  const printed = (): number => count(Buffer.from(terminal.stdout()), Buffer.from(word))
  await eventually('all of it', () => (printed() === LINES ? true : undefined))
  return terminal
}

/** Where a word is, of all that a relay has. */
const seen = async ({ up, taps }: World, word: string) => {
  const needle = Buffer.from(word)
  const wide = Buffer.from(word, 'utf16le')
  const audit = await done(up.run(['audit', '-o', 'json']))
  return {
    sockets: taps.reduce((sum, tap) => sum + count(tap.bytes(), needle), 0),
    memory: countInMemory(up.server.pid, needle) + countInMemory(up.server.pid, wide),
    logs: count(Buffer.from(up.server.stdout() + up.server.stderr()), needle),
    files: filesBelow(up.folder.path).reduce((sum, file) => sum + count(readFileSync(file), needle), 0),
    audit: count(Buffer.from(audit), needle),
  }
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))

describe('webtty e2e: a relay', () => {
  it('that looks everywhere finds nothing of what is said, in commands, terminals, environments and folders', async () => {
    verifies('e2e.hidden')
    const word = 'k7Qz-canary-hidden-31'
    const terminal = await say(world.pair.desk, 'vault', word)
    expect(await seen(world, word)).toEqual({ sockets: 0, memory: 0, logs: 0, files: 0, audit: 0 })
    await terminal.stop()
    expect(await seen(world, word)).toEqual({ sockets: 0, memory: 0, logs: 0, files: 0, audit: 0 })
  })

  it('finds it without encryption on its sockets and in its memory: so this search can fail', async () => {
    const word = 'x4Vb-canary-open-77'
    const terminal = await say(world.pair.desk, 'open', word)
    const { sockets, memory, logs, files, audit } = await seen(world, word)
    process.stdout.write(`without encryption the canary was found: ${JSON.stringify({ sockets, memory })}\n`)
    expect(sockets).toBeGreaterThan(4 * LINES)
    expect(memory).toBeGreaterThan(0)
    expect({ logs, files, audit }).toEqual({ logs: 0, files: 0, audit: 0 })
    await terminal.stop()
  })
})
