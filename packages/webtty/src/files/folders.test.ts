/** Proves what is done to folders and whole files, and how folders are listed and searched. */
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifies } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { json, serveFolder, url } from './files.fixture.ts'

describe('webtty files: folders', () => {
  it('makes folders', async () => {
    await using served = await serveFolder()
    const mkdir = (body: object) => served.ask('POST', '/v1/mkdir', json(body))
    expect((await mkdir({ path: 'x/y' })).code).toBe('FILE_NOT_FOUND')
    expect((await mkdir({ path: 'x/y', parents: true })).status).toBe(201)
    expect((await mkdir({ path: 'x/y', parents: true })).status).toBe(200)
    expect((await mkdir({ path: 'x/y' })).code).toBe('FILE_EXISTS')
    expect((await mkdir({ path: '/' })).code).toBe('FILE_EXISTS')
    expect(statSync(join(served.root, 'x/y')).isDirectory()).toBe(true)
  })

  it('moves files and folders, over others only when asked', async () => {
    await using served = await serveFolder()
    const move = (from: string, to: string, rest = {}) => served.ask('POST', '/v1/move', json({ from, to, ...rest }))
    writeFileSync(join(served.root, 'other'), 'other')
    mkdirSync(join(served.root, 'empty'))
    expect((await move('hello.txt', 'other')).code).toBe('FILE_EXISTS')
    expect((await move('hello.txt', 'a')).code).toBe('FILE_EXISTS')
    expect((await move('hello.txt', 'a', { overwrite: true })).code).toBe('FILE_IS_FOLDER')
    expect((await move('a', 'other', { overwrite: true })).code).toBe('FILE_NOT_FOLDER')
    expect((await move('empty', 'a', { overwrite: true })).code).toBe('FILE_NOT_EMPTY')
    expect((await move('a', 'a/b/c')).code).toBe('FILE_INTO_ITSELF')
    expect((await move('/', 'x')).code).toBe('FILE_IS_ROOT')
    expect((await move('a', '/', { overwrite: true })).code).toBe('FILE_IS_ROOT')
    expect((await move('hello.txt', 'x', { ifMatch: '"other"' })).code).toBe('FILE_CHANGED')
    expect((await move('none', 'x')).code).toBe('FILE_NOT_FOUND')
    expect((await move('hello.txt', 'hello.txt', { overwrite: true })).status).toBe(200)
    expect((await move('hello.txt', 'moved/here', { mkdirs: true })).json()).toMatchObject({
      path: '/moved/here',
      size: 5,
    })
    expect((await move('moved/here', 'other', { overwrite: true })).status).toBe(200)
    expect((await move('a', 'empty', { overwrite: true })).status).toBe(200)
    expect((await move('empty', 'a2')).status).toBe(200)
    expect(readdirSync(served.root).toSorted()).toEqual(['a2', 'moved', 'other'])
    expect([
      readFileSync(join(served.root, 'other'), 'utf8'),
      readFileSync(join(served.root, 'a2/b/f'), 'utf8'),
    ]).toEqual(['hello', 'inside'])
  })

  it('copies a file', async () => {
    await using served = await serveFolder({ limits: { filesChunkBytes: 2 } })
    const copy = (from: string, to: string, rest = {}) => served.ask('POST', '/v1/copy', json({ from, to, ...rest }))
    expect((await copy('hello.txt', 'copy')).status).toBe(201)
    expect((await copy('a/b/f', 'copy')).code).toBe('FILE_EXISTS')
    expect((await copy('a', 'copy2')).code).toBe('FILE_IS_FOLDER')
    expect((await copy('a/b/f', 'copy', { overwrite: true })).status).toBe(200)
    expect(readFileSync(join(served.root, 'copy'), 'utf8')).toBe('inside')
  })

  it('removes files, links themselves, and folders', async () => {
    await using served = await serveFolder()
    symlinkSync('../outside', join(served.root, 'link'))
    symlinkSync('../../outside', join(served.root, 'a', 'link'))
    writeFileSync(Buffer.concat([Buffer.from(join(served.root, 'a/')), Buffer.from([0xff, 0x80])]), 'no UTF-8')
    const remove = (path: string, rest = '') => served.ask('DELETE', url('file', path, rest))
    expect((await remove('a')).code).toBe('FILE_NOT_EMPTY')
    expect((await remove('/', '&recursive=1')).code).toBe('FILE_IS_ROOT')
    expect((await remove('.', '&recursive=1')).code).toBe('FILE_IS_ROOT')
    expect((await remove('link', '&recursive=1')).status).toBe(204)
    expect((await remove('a', '&recursive=1')).status).toBe(204)
    expect((await served.ask('DELETE', url('file', 'hello.txt'), { headers: { 'if-match': '"other"' } })).code).toBe(
      'FILE_CHANGED',
    )
    expect((await remove('hello.txt')).status).toBe(204)
    expect([readdirSync(served.root), readdirSync(served.outside).toSorted()]).toEqual([[], ['b', 'secret']])
  })
})

describe('webtty files: listing', () => {
  it('lists in order, page by page, as deep as asked', async () => {
    verifies('fs.verbs')
    await using served = await serveFolder({ limits: { filesNames: 2 } })
    for (const name of ['z', 'm', 'a/x', 'a/b/g']) writeFileSync(join(served.root, name), '')
    const all = ['/a', '/a/b', '/a/b/f', '/a/b/g', '/a/x', '/hello.txt', '/m', '/z']
    for (const limit of [1, 2, 3, 1_000])
      expect([limit, await pages(served, `&limit=${limit}&depth=4`)]).toEqual([limit, all])
    expect(await pages(served, '')).toEqual(['/a', '/hello.txt', '/m', '/z'])
    expect(await pages(served, '&depth=1&limit=2')).toEqual(['/a', '/a/b', '/a/x', '/hello.txt', '/m', '/z'])
    expect(await pages(served, '&depth=4&glob=g')).toEqual(['/a/b/g'])
    expect(await pages(served, '&depth=4&glob=a/**&limit=2')).toEqual(['/a', '/a/b', '/a/b/f', '/a/b/g', '/a/x'])
    expect(await pages(served, '&glob=*.t?t')).toEqual(['/hello.txt'])
  })

  it('says of each entry what it is, and of a link where it leads when that is inside', async () => {
    await using served = await serveFolder()
    symlinkSync('a/b', join(served.root, 'in'))
    symlinkSync('../outside/secret', join(served.root, 'out'))
    writeFileSync(Buffer.concat([Buffer.from(`${served.root}/`), Buffer.from([0xff])]), '')
    const { entries } = (await served.ask('GET', '/v1/ls')).json<{
      entries: { name: string; type?: string; target?: string; error?: { code: string } }[]
    }>()
    expect(entries.map(({ name, type, target, error }) => [name, type ?? error?.code, target])).toEqual([
      ['a', 'folder', undefined],
      ['hello.txt', 'file', undefined],
      ['in', 'link', '/a/b'],
      ['out', 'link', undefined],
      ['\ufffd', 'FILE_NOT_FOUND', undefined],
    ])
    expect((await served.ask('GET', url('stat', 'in'))).json()).toMatchObject({ path: '/a/b', type: 'folder' })
    expect((await served.ask('GET', url('stat', 'in', '&link=1'))).json()).toMatchObject({
      path: '/in',
      type: 'link',
      target: '/a/b',
    })
    expect((await served.ask('GET', url('stat', 'out'))).code).toBe('FILE_OUTSIDE')
  })

  it('searches literally, within bounds', async () => {
    await using served = await serveFolder({ limits: { filesSearchMatches: 3 } })
    writeFileSync(join(served.root, 'a', 'text'), 'one (a+)+$\ntwo\nthree ONE\n')
    writeFileSync(join(served.root, 'binary'), Buffer.from([0x6f, 0x6e, 0x65, 0]))
    symlinkSync('../outside/secret', join(served.root, 'out'))
    const search = async (body: object) =>
      (await served.ask('POST', '/v1/search', json(body))).json<{ matches: object[] }>()
    expect(await search({ text: '(a+)+$' })).toEqual({
      matches: [{ path: '/a/text', line: 1, column: 5, text: 'one (a+)+$' }],
      filesSearched: 3,
      filesSkipped: 1,
    })
    expect((await search({ text: 'one', ignoreCase: true, glob: 'a/*' })).matches).toHaveLength(2)
    expect(await search({ text: 'e' })).toMatchObject({ ended: 'matches' })
    expect(await search({ text: 'secret' })).toMatchObject({ matches: [] })
  })
})

const pages = async (
  { ask }: { ask: Awaited<ReturnType<typeof serveFolder>>['ask'] },
  rest: string,
): Promise<string[]> => {
  const paths: string[] = []
  for (let cursor = ''; ; ) {
    const page = (await ask('GET', `/v1/ls?path=/${rest}${cursor}`)).json<{
      entries: { path: string }[]
      cursor?: string
    }>()
    paths.push(...page.entries.map(({ path }) => path))
    if (page.cursor === undefined) return paths
    cursor = `&cursor=${page.cursor}`
  }
}
