/** Proves that docs/protocol/fs.md says what the code does: its routes, codes and numbers, and its examples by running them. */
import { readFileSync } from 'node:fs'
import { type ErrorCode, ERRORS, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { serveFolder } from './files.fixture.ts'
import { ROUTES } from './routes/table.ts'

const page = readFileSync(new URL('../../../../docs/protocol/fs.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| (.+) \|$/gm)].map(([, cells = '']) => cells.split('|').map((cell) => cell.trim()))

describe('webtty files: the page of the protocol', () => {
  it('says that it is no sandbox', () => {
    expect(page).toContain('**It is no sandbox.**')
  })

  it('lists the routes that there are', () => {
    const told = rows
      .filter(([, path = '']) => path.startsWith('`/v1'))
      .map(([method, path, kind]) => [method, path, kind])
    const own = ROUTES.map(({ method, path, kind }) => {
      const text = path.source
        .replaceAll('\\/', '/')
        .replace(/^\^|\$$/g, '')
        .replace('([^/]+)', 'ID')
      return [method, `\`${text}\``, kind]
    })
    expect(told).toEqual(own)
  })

  it('lists every code of files with its status', () => {
    const told = rows.flatMap(([code = '', status]) =>
      /^(FILE|UPLOAD)_[A-Z_]+$/.test(code) ? [`${code} ${status}`] : [],
    )
    // This one is only of the client.
    const own = (Object.keys(ERRORS) as ErrorCode[]).filter(
      (code) => /^(FILE|UPLOAD)_/.test(code) && code !== 'FILE_TRANSFER_CUT',
    )
    expect(told.toSorted()).toEqual(own.map((code) => `${code} ${ERRORS[code].http}`).toSorted())
  })

  it('names the bounds of the limits table', () => {
    verifies('limits.table')
    const n = (value: number): string => value.toLocaleString('en-US')
    const MiB = 1024 * 1024
    const sentences = [
      `at most ${n(LIMITS.filesPathBytes)} bytes, ${LIMITS.filesPathParts} parts and ${LIMITS.filesNameBytes} bytes a name`,
      `More than ${LIMITS.filesLinks} links`,
      `${LIMITS.filesTransfers} transfers and ${LIMITS.filesOperations} other requests run at once; ${n(LIMITS.filesWaiting)} of each wait`,
      `for ${LIMITS.filesIdleMs / 1_000} s is broken off`,
      `at most ${n(LIMITS.filesPageItems)}\nentries`,
      `\`depth\` (at most ${LIMITS.filesDepth})`,
      `More than ${LIMITS.filesRanges} ranges`,
      `files up to ${LIMITS.filesDigestAheadBytes / MiB} MiB`,
      `At most ${LIMITS.filesPutBytes / MiB / 1024} GiB; longer`,
      `At most ${LIMITS.filesBytes / MiB / 1024} GiB, ${n(LIMITS.filesUploads)} open uploads`,
      `After ${LIMITS.filesUploadSeconds / 3_600} h`,
      `within ${LIMITS.filesWatchBatchMs} ms`,
      `${LIMITS.filesWatches} watches, ${n(LIMITS.filesWatchFolders)} folders`,
      `more than ${n(LIMITS.filesArchiveEntries)} entries or ${LIMITS.filesArchiveBytes / MiB / 1024} GiB`,
      `Files over ${LIMITS.filesSearchFileBytes / MiB} MiB`,
      `\`matches\` (${n(LIMITS.filesSearchMatches)}), \`bytes\` (${LIMITS.filesSearchBytes / MiB} MiB) or \`time\` (${LIMITS.filesSearchMs / 1_000} s)`,
      `up to ${LIMITS.filesDrainBytes / MiB} MiB`,
    ]
    expect(sentences.filter((sentence) => !page.includes(sentence))).toEqual([])
  })

  it('shows exchanges as they are', async () => {
    verifies('fs.verbs')
    await using served = await serveFolder()
    const blocks = [...page.matchAll(/```http\n([^`]+)```/g)].map(([, block = '']) => parse(block))
    expect(blocks.length).toBeGreaterThan(12)
    let id = ''
    for (let index = 0; index < blocks.length; index += 2) {
      const [asked, told] = [blocks[index] as Message, blocks[index + 1] as Message]
      const [method = '', url = ''] = asked.first.split(' ')
      const body = asked.body === '' ? {} : { body: asked.body }
      const answer = await served.ask(method, url.replace('ID', id), {
        headers: Object.fromEntries(asked.fields),
        ...body,
      })
      id = /^uploads\/(.*)$/.exec(answer.headers.location ?? '')?.[1] ?? id
      expect([asked.first, answer.status]).toEqual([asked.first, Number(told.first.split(' ')[1])])
      for (const [name, value] of told.fields) {
        const got = String(answer.headers[name])
        const isOwn = name === 'etag' || name === 'location'
        expect([asked.first, name, isOwn ? got !== 'undefined' : got]).toEqual([
          asked.first,
          name,
          isOwn ? true : value,
        ])
      }
      if (told.body.startsWith('{'))
        expect(shape(JSON.parse(answer.body.toString()))).toMatchObject(shape(JSON.parse(told.body)) as object)
      else if (told.body !== '') expect(answer.body.toString()).toBe(told.body)
    }
  })
})

interface Message {
  readonly first: string
  readonly fields: readonly (readonly [string, string])[]
  readonly body: string
}

const parse = (block: string): Message => {
  const [head = '', body = ''] = block.split('\n\n')
  const [first = '', ...lines] = head.trimEnd().split('\n')
  const fields = lines.map(
    (line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const,
  )
  return { first, fields, body: body.trimEnd() }
}

/** Facts of this run, such as times and tags, are known only by their type. */
const OWN = new Set(['mtimeNs', 'uid', 'gid', 'etag', 'mode'])

const shape = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, part: unknown) => (OWN.has(key) ? typeof part : part)))
