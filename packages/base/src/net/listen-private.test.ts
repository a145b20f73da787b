/** Proves who gets a socket in a file, and that it is of its user alone. */
import { linkSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { tempFolder } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listenPrivately } from './listen-private.ts'

let folder: ReturnType<typeof tempFolder>
let path: string
beforeEach(() => {
  folder = tempFolder('listen-private')
  path = join(folder.path, 'a.sock')
})
afterEach(() => folder.remove())

describe('base listen, on a socket in a file', () => {
  it('refuses a place that somebody listens on, or that is a file', async () => {
    const [first, second] = [createServer(), createServer()]
    await listenPrivately(first, path)
    await expect(listenPrivately(second, path)).rejects.toMatchObject({ code: 'PORT_IN_USE' })
    const file = join(folder.path, 'file')
    writeFileSync(file, 'mine')
    await expect(listenPrivately(second, file)).rejects.toMatchObject({ code: 'PORT_IN_USE' })
    await new Promise((done) => first.close(done))
  })

  it('takes the place of one that was left behind, for its user alone', async () => {
    const [gone, next] = [createServer(), createServer()]
    await listenPrivately(gone, join(folder.path, 'b.sock'))
    linkSync(join(folder.path, 'b.sock'), path)
    await new Promise((done) => gone.close(done))
    const before = process.umask()
    await listenPrivately(next, path)
    expect([statSync(path).mode & 0o777, process.umask()]).toEqual([0o600, before])
    await new Promise((done) => next.close(done))
  })
})
