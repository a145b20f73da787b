/** Tries every path that could lead out of a served folder on every verb, where files may be changed and where they may not. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SECRET, type ServedFolder, serveFolder } from '../../../packages/webtty/src/files/files.fixture.ts'
import { type Aim, CHANGES, layOut, READS, snapshot } from './hostile.ts'

/** How each path is meant to end: codes that a verb may answer with. */
type Fate = 'outside' | 'invalid' | 'nothing' | 'link' | 'loop' | 'root'

const aim = (plain: string, coded = encodeURIComponent(plain)): Aim => ({ coded, plain })

/** Number of the attack, what it tries, and how it ends. `link`: verbs that take the link itself may, none follows it. */
const PATHS: readonly (readonly [number, string, Aim, Fate])[] = [
  [1, 'the folder above', aim('/../outside/secret'), 'outside'],
  [2, 'up through a folder', aim('a/../../outside/secret'), 'outside'],
  [2, 'far up', aim('../../../../../../../../etc/passwd'), 'outside'],
  [3, 'a coded slash', aim('../outside/secret', '..%2foutside%2fsecret'), 'outside'],
  [3, 'coded dots', aim('../outside', '%2e%2e/outside'), 'outside'],
  [3, 'dots coded twice', aim('%2e%2e/outside/secret', '%252e%252e/outside/secret'), 'nothing'],
  [3, 'a slash coded twice', aim('..%2foutside', '..%252foutside'), 'nothing'],
  [4, 'backslashes', aim('..\\outside\\secret'), 'nothing'],
  [5, 'an absolute path', aim('/etc/passwd'), 'nothing'],
  [6, 'two slashes', aim('//etc//passwd'), 'nothing'],
  [6, 'dots within', aim('/./etc/./passwd/.'), 'nothing'],
  [7, 'a NUL', aim('a\0/../../outside', 'a%00/../../outside'), 'invalid'],
  [7, 'a newline', aim('a\n/etc'), 'nothing'],
  [7, 'a long path', aim(`${'x/'.repeat(2_100)}x`), 'invalid'],
  [7, 'a long name', aim('x'.repeat(256)), 'invalid'],
  [7, '7,000 parts', aim('a/'.repeat(7_000), 'a/'.repeat(7_000)), 'invalid'],
  [7, '400 parts', aim('a/../'.repeat(200)), 'invalid'],
  [8, 'an overlong slash', aim('\ud800', '..%c0%afoutside'), 'invalid'],
  [8, 'overlong dots', aim('\udfff/x', '%c0%ae%c0%ae/outside'), 'invalid'],
  [8, 'no UTF-8', aim('\ud800x', '%ff%fe'), 'invalid'],
  [8, 'another normal form', aim('cafe\u0301/x'), 'nothing'],
  [8, 'from right to left', aim('\u202e/../../outside'), 'outside'],
  [9, 'a folder of the same prefix', aim('../served-evil/secret'), 'outside'],
  [9, 'a link to it', aim('to-twin/secret'), 'outside'],
  [10, 'a link to a file', aim('to-file'), 'link'],
  [10, 'an absolute link to a file', aim('to-file-absolute'), 'link'],
  [11, 'through a link to a folder', aim('to-folder/secret'), 'outside'],
  [11, 'through an absolute link', aim('to-folder-absolute/secret'), 'outside'],
  [11, 'a link to a folder', aim('to-folder'), 'link'],
  [11, 'a link to a folder, with a slash', aim('to-folder/'), 'link'],
  [11, 'a link to a folder, with a dot', aim('to-folder/.'), 'link'],
  [12, 'through a relative link', aim('a/up/secret'), 'outside'],
  [12, 'a link to the folder above', aim('to-parent/outside/secret'), 'outside'],
  [13, 'a chain of links', aim('chain-1/secret'), 'outside'],
  [13, 'a loop', aim('loop-1/x'), 'loop'],
  [13, '41 links', aim('hop-1/x'), 'loop'],
  [15, 'a dangling link', aim('dangling'), 'link'],
  [15, 'an absolute dangling link', aim('dangling-absolute'), 'link'],
  [15, 'through a dangling link', aim('dangling-deep/x'), 'outside'],
  [16, 'missing folders below a link', aim('to-folder/new/deeper/x'), 'outside'],
  [17, 'the root of the machine by /proc', aim('magic-root/etc/passwd'), 'outside'],
  [17, 'the working folder by /proc', aim('magic-cwd/package.json'), 'outside'],
  [17, 'what is open by /proc', aim('magic-fd/x'), 'outside'],
  [17, 'outside by /proc', aim('through-proc/secret'), 'outside'],
]

/** Codes by which a path may be refused. */
const REFUSALS: Readonly<Record<Fate, readonly string[]>> = {
  outside: ['FILE_OUTSIDE'],
  invalid: ['FILE_PATH_INVALID', 'REQUEST_INVALID'],
  nothing: ['FILE_NOT_FOUND', 'FILE_NOT_FOLDER', 'FILE_EXISTS', 'FILE_IS_ROOT'],
  link: ['FILE_OUTSIDE', 'FILE_EXISTS', 'FILE_NOT_FOLDER', 'FILE_SPECIAL'],
  loop: ['FILE_PATH_INVALID'],
  root: ['FILE_IS_ROOT'],
}

/** Verbs that may do something at a path that is merely not there, or to a link itself. */
const MAY = new Map<Fate, readonly string[]>([
  [
    'nothing',
    [
      'write',
      'write with folders',
      'upload',
      'upload with folders',
      'mkdir',
      'mkdir with folders',
      'move to',
      'move over',
      'move a folder to',
      'copy to',
    ],
  ],
  ['link', ['stat of the link', 'move from', 'move over', 'remove', 'remove all']],
])

let served: ServedFolder
let guarded: ServedFolder
beforeAll(async () => {
  served = await serveFolder()
  guarded = await serveFolder({ readOnly: true })
})
afterAll(async () => {
  await served[Symbol.asyncDispose]()
  await guarded[Symbol.asyncDispose]()
})

const outsideOf = ({ root, outside }: ServedFolder): unknown => [snapshot(outside), snapshot(`${root}-evil`)]

describe.each(PATHS)('webtty fs attack %i: %s', (_, what, path, fate) => {
  it('reads nothing that lies outside', async () => {
    verifies('fs.confined')
    for (const folder of [served, guarded]) {
      layOut(folder)
      for (const [verb, read] of Object.entries(READS)) {
        const { status, code, body, headers } = await read(folder.ask, path)
        expect([what, verb, body.includes(SECRET), body.includes('root:x:')]).toEqual([what, verb, false, false])
        if (MAY.get(fate)?.includes(verb) === true) continue
        expect([what, verb, REFUSALS[fate]]).toEqual([
          what,
          verb,
          expect.arrayContaining([code ?? headers['towline-error']]),
        ])
        expect(status).toBeGreaterThanOrEqual(400)
      }
      const watch = await folder.ask('GET', `/v1/watch?path=${path.coded}`)
      expect([what, 'watch', REFUSALS[fate]]).toEqual([what, 'watch', expect.arrayContaining([watch.code])])
    }
  })

  it('changes nothing that lies outside', async () => {
    verifies('fs.confined')
    for (const [verb, change] of Object.entries(CHANGES)) {
      layOut(served)
      const before = outsideOf(served)
      const { status, code, body } = await change(served.ask, path)
      expect([what, verb, outsideOf(served)]).toEqual([what, verb, before])
      expect([what, verb, body.includes(SECRET)]).toEqual([what, verb, false])
      if (MAY.get(fate)?.includes(verb) === true && status < 400) continue
      expect([what, verb, REFUSALS[fate]]).toEqual([what, verb, expect.arrayContaining([code])])
    }
  })

  it('changes nothing at all where files are read-only', async () => {
    verifies('fs.readonly')
    layOut(guarded)
    const before = [snapshot(guarded.root), outsideOf(guarded)]
    for (const [verb, change] of Object.entries(CHANGES)) {
      expect([what, verb, (await change(guarded.ask, path)).code]).toEqual([what, verb, 'FILE_READ_ONLY'])
    }
    expect([snapshot(guarded.root), outsideOf(guarded)]).toEqual(before)
  })
})

describe('webtty fs attack 14: links that lead inside', () => {
  it.each(['inside-file', 'inside-up', 'inside-absolute', 'inside-folder/f'])('%s works', async (name) => {
    verifies('fs.confined')
    layOut(served)
    const read = await served.ask('GET', `/v1/file?path=${name}`)
    expect([read.status, read.body.toString()]).toEqual([200, 'inside'])
    expect((await served.ask('PUT', `/v1/file?path=${name}`, { body: 'through' })).status).toBe(204)
    expect(readFileSync(`${served.root}/a/b/f`, 'utf8')).toBe('through')
  })
})

describe('webtty fs attack 28: the served folder itself', () => {
  it.each(['', '/', '.', '//', 'a/..', 'a/b/../..'])(
    '"%s" can be neither removed, moved nor replaced',
    async (path) => {
      verifies('fs.confined')
      layOut(served)
      const before = snapshot(served.root)
      for (const [verb, change] of Object.entries(CHANGES)) {
        if (verb === 'extract') continue
        const { status } = await change(served.ask, aim(path))
        const isFine = verb === 'mkdir with folders'
        expect([path, verb, status < 400]).toEqual([path, verb, isFine])
      }
      expect(snapshot(served.root)).toEqual(before)
      expect(existsSync(`${served.root}/hello.txt`)).toBe(true)
      expect(readdirSync(served.outside).toSorted()).toEqual(['b', 'secret'])
    },
  )
})
