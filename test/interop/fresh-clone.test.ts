/** Proves README's promises as a stranger meets them: a fresh copy of the checkout, with nothing installed or built. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { cleanEnv, run, start, tempFolder, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../repository.ts'

/** Installing and building, on a slow machine with an empty cache. */
const FIRST_RUN_MS = 5 * 60_000
const TEST_MS = 15 * 60_000
/** Characters of the output that a failure shows. */
const TOLD = 4_000

const folder = tempFolder('clone')
const clone = join(folder.path, 'towline')
const inside = (path: string): string => join(clone, path)

/** Every file that git knows or would take: what a clone of the next commit holds. */
const copyCheckout = (): void => {
  const list = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  for (const path of list.split('\0')) {
    if (path !== '' && existsSync(join(root, path))) cpSync(join(root, path), inside(path))
  }
  execFileSync('git', ['init', '-q', '.'], { cwd: clone })
}

beforeAll(copyCheckout)
afterAll(() => folder.remove())

describe('fresh clone: ./towline', () => {
  it('installs, builds and starts once for two first runs at the same time, and keeps standard output clean', async () => {
    verifies('run.up')
    symlinkSync(inside('towline'), join(folder.path, 'link'))
    const up = (home: string) =>
      start([join(folder.path, 'link'), 'up', '--listen', '127.0.0.1:0', '-o', 'json'], {
        env: cleanEnv(join(folder.path, home)),
        cwd: folder.path,
      })
    await using first = up('one')
    await using second = up('two')
    for (const program of [first, second]) {
      await program.status('ready', { ms: FIRST_RUN_MS })
      expect(program.stdout().trim().split('\n')).toHaveLength(1)
    }
    const installs = `${first.stderr()}${second.stderr()}`.match(/installing packages/g)
    expect(installs).toHaveLength(1)
  })

  it('says nothing but the answer from then on', async () => {
    const asked = await run([inside('towline'), '--version'], { env: cleanEnv(join(folder.path, 'one')) })
    expect(asked).toEqual({ status: 0, signal: null, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' })
  })
})

describe('fresh clone: npm test', () => {
  it(
    // The whole of it is what led here; a second time would prove nothing more.
    'installs what it needs, passes, and closes with the counts',
    async () => {
      verifies('run.test')
      rmSync(inside('node_modules'), { recursive: true })
      const words = ['base/src', 'control/src/approval', 'system/dial']
      const env = cleanEnv(join(folder.path, 'test'))
      const tested = await run(['npm', 'test', '--', ...words], { cwd: clone, env, ms: TEST_MS })
      expect(tested.stdout.trimEnd().split('\n').at(-1), tested.stderr.slice(-TOLD)).toMatch(
        /^[1-9]\d* passed, 0 failed(, \d+ skipped)?$/,
      )
      expect(tested.status).toBe(0)
    },
    TEST_MS + 10_000,
  )
})
