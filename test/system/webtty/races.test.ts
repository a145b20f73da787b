/** Races every verb against a process that swaps a folder and a link to the outside, for five seconds each. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { verifies, within } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import {
  json,
  SECRET,
  type ServedFolder,
  serveFolder,
  type Told,
  url,
} from '../../../packages/webtty/src/files/files.fixture.ts'

const RACE_MS = 5_000

/** Swaps `a/b` between a folder and a link to `outside/b`, as fast as it can; makes what is missing anew. */
const RACER = `
  const fs = require('fs')
  const [, root] = process.argv
  const [b, link, real] = ['a/b', 'a/link', 'a/real'].map((name) => root + '/' + name)
  const attempt = (work) => { try { work() } catch {} }
  fs.writeSync(1, 'racing')
  for (let n = 0; ; n++) {
    attempt(() => fs.symlinkSync('../../outside/b', link))
    attempt(() => fs.mkdirSync(root + '/a'))
    attempt(() => fs.mkdirSync(b))
    if (n % 64 === 0) attempt(() => fs.mkdirSync(b + '/deep/deeper', { recursive: true }))
    if (n % 16 === 0) attempt(() => fs.writeFileSync(b + '/f', 'inside', { flag: fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_NOFOLLOW | fs.constants.O_EXCL }))
    attempt(() => fs.renameSync(b, real))
    attempt(() => fs.renameSync(link, b))
    attempt(() => fs.renameSync(b, link))
    attempt(() => fs.renameSync(real, b))
  }
`

const startRacer = async (root: string): Promise<ChildProcess> => {
  const racer = spawn(process.execPath, ['-e', RACER, root], { stdio: ['ignore', 'pipe', 'inherit'] })
  await within('the racer', once(racer.stdout as NodeJS.ReadableStream, 'data'))
  return racer
}

interface Raced {
  /** How often the verb did its work. */
  readonly done: number
  readonly refused: number
}

/** Asks again and again while the racer swaps. The outside must stay as it is, to the name and byte. */
const race = async (served: ServedFolder, turn: (round: number) => Promise<Told>): Promise<Raced> => {
  const racer = await startRacer(served.root)
  const raced = { done: 0, refused: 0 }
  try {
    for (const end = Date.now() + RACE_MS; Date.now() < end; ) {
      const round = raced.done + raced.refused
      const told = await turn(round).catch(() => undefined)
      expect(told?.body.includes(SECRET)).not.toBe(true)
      if ((told?.status ?? 500) < 400) raced.done++
      else raced.refused++
    }
  } finally {
    racer.kill('SIGKILL')
    await once(racer, 'close')
  }
  expect([readdirSync(served.outside).toSorted(), readdirSync(join(served.outside, 'b'))]).toEqual([
    ['b', 'secret'],
    ['f'],
  ])
  expect(readFileSync(join(served.outside, 'b', 'f'), 'utf8')).toBe(SECRET)
  return raced
}

const open = async (): Promise<ServedFolder> => {
  const served = await serveFolder()
  rmSync(join(served.outside, 'b', 'f'))
  writeFileSync(join(served.outside, 'b', 'f'), SECRET)
  mkdirSync(join(served.root, 'from'))
  return served
}

const upload = async ({ ask }: ServedFolder, path: string): Promise<Told> => {
  const made = await ask('POST', url('uploads', path), { headers: { 'upload-length': 4 } })
  if (made.status !== 201) return made
  const headers = { 'content-type': 'application/offset+octet-stream', 'upload-offset': 0 }
  return await ask('PATCH', `/v1/${made.headers.location}`, { headers, body: 'four' })
}

type Turn = (served: ServedFolder, round: number) => Promise<Told>

/** Attack, verb, what is asked again and again. */
const RACES: readonly (readonly [number, string, Turn])[] = [
  [19, 'read', ({ ask }) => ask('GET', url('file', 'a/b/f'))],
  [20, 'write', ({ ask }, round) => ask('PUT', url('file', `a/b/w${round}`), { body: 'mine' })],
  [20, 'upload', (served, round) => upload(served, `a/b/u${round}`)],
  [20, 'mkdir', ({ ask }, round) => ask('POST', '/v1/mkdir', json({ path: `a/b/m${round}/n`, parents: true }))],
  [
    20,
    'move and copy',
    async ({ ask, root }, round) => {
      writeFileSync(join(root, 'from', `${round}`), 'mine')
      await ask('POST', '/v1/copy', json({ from: `from/${round}`, to: `a/b/c${round}` }))
      return await ask('POST', '/v1/move', json({ from: `from/${round}`, to: `a/b/x${round}` }))
    },
  ],
  [21, 'remove all', ({ ask }) => ask('DELETE', url('file', 'a/b', '&recursive=1'))],
  [22, 'ls', ({ ask }) => ask('GET', url('ls', '/', '&depth=4'))],
  [22, 'archive', ({ ask }) => ask('GET', url('archive', 'a', '&links=1'))],
  [22, 'search', ({ ask }) => ask('POST', '/v1/search', json({ path: '/', text: 'e' }))],
]

describe.each(RACES)('webtty fs attack %i: swapping during %s', (_, verb, turn) => {
  it('reaches nothing outside', async () => {
    verifies('fs.confined')
    await using served = await open()
    const raced = await race(served, (round) => turn(served, round))
    // A race in which nothing was ever done proves nothing.
    expect([verb, raced.done > 20]).toEqual([verb, true])
  })
})
