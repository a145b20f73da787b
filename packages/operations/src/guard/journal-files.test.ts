/** Proves that a line always goes to the newest file of a journal, whoever began it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appendLine } from './journal-files.ts'

const LIMITS = { journalSegmentBytes: 40, journalSegments: 3 }

describe('journal files', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'journal-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const append = (line: string): Promise<void> => appendLine(folder, line, LIMITS)
  const segment = (number: number): string => join(folder, `calls-00000${number}.jsonl`)
  const linesOf = (number: number): readonly string[] =>
    readFileSync(segment(number), 'utf8').split('\n').filter(Boolean)

  it('go on where the last call wrote, for their user alone', async () => {
    for (const line of ['one', 'two', 'three']) await append(line)
    expect(readdirSync(folder)).toEqual(['calls-000001.jsonl'])
    expect(linesOf(1)).toEqual(['one', 'two', 'three'])
    expect(statSync(segment(1)).mode & 0o777).toBe(0o600)
  })

  it('follow another process to the file it began', async () => {
    await append('ours')
    writeFileSync(segment(1), `\n${'x'.repeat(LIMITS.journalSegmentBytes)}\n`, { flag: 'a' })
    writeFileSync(segment(2), '\ntheirs\n', { mode: 0o600 })
    await append('again')
    expect(linesOf(1)).toHaveLength(2)
    expect(linesOf(2)).toEqual(['theirs', 'again'])
  })

  it('begin anew when what was there is gone', async () => {
    await append('one')
    rmSync(folder, { recursive: true })
    await append('two')
    expect(linesOf(1)).toEqual(['two'])
  })

  it('keep the newest few', async () => {
    for (let line = 0; line < 20; line += 1) await append(`${line}`.repeat(20))
    expect(readdirSync(folder).length).toBeLessThanOrEqual(LIMITS.journalSegments)
    const newest = readdirSync(folder).toSorted().at(-1) as string
    expect(readFileSync(join(folder, newest), 'utf8')).toContain('19'.repeat(20))
  })
})
