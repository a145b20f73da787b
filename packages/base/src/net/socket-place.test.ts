/** Proves that no socket is used where somebody else of the machine could have put it. */
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { tempFolder } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { listenPrivately } from './listen-private.ts'
import { socketFlaw } from './socket-place.ts'

const OTHER = 12_345
const isRoot = process.geteuid?.() === 0

describe('base socket place', () => {
  it('takes folders of this user, and those where nobody takes away what is of others', async () => {
    using folder = tempFolder('socket-place')
    expect(await socketFlaw(join(folder.path, 'a.sock'))).toBeUndefined()
    expect(await socketFlaw(join(folder.path, 'none/a.sock'))).toBeUndefined()
    chmodSync(folder.path, 0o1777)
    expect(await socketFlaw(join(folder.path, 'a.sock'))).toBeUndefined()
  })

  it('takes none where others may write, and listens on none', async () => {
    using folder = tempFolder('socket-place')
    chmodSync(folder.path, 0o777)
    const path = join(folder.path, 'a.sock')
    expect(await socketFlaw(path)).toBe('others may write to its folder')
    await expect(listenPrivately(createServer(), path)).rejects.toMatchObject({ code: 'PORT_FORBIDDEN' })
  })

  it.runIf(isRoot)('takes no folder, link or file of somebody else', async () => {
    using folder = tempFolder('socket-place')
    const at = (name: string): string => join(folder.path, name)
    mkdirSync(at('theirs'))
    chownSync(at('theirs'), OTHER, OTHER)
    symlinkSync(at('theirs'), at('link'))
    writeFileSync(at('file'), '')
    chownSync(at('file'), OTHER, OTHER)
    const flaws = await Promise.all(['theirs/a', 'link/a', 'file'].map((name) => socketFlaw(at(name))))
    expect(flaws).toEqual([
      'its folder belongs to somebody else',
      'its folder belongs to somebody else',
      'it belongs to somebody else',
    ])
  })
})
