/** Proves that a rollout is read up to where it is damaged, wherever that is, and can be written after that with nothing lost. */
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it } from 'vitest'
import { mend } from './load-thread.ts'
import type { DatedLine } from './rollout-line.ts'
import { rolloutPath, threadIdOf, unarchivedPath } from './rollout-path.ts'
import { type Damage, rolloutFile } from './rollout-reader.ts'
import { openRolloutWriter } from './rollout-writer.ts'
import { newHome, openPlayed, removeHomes } from './threads.fixture.ts'

afterEach(removeHomes)

const ID = '01a215f5-04ee-7302-8937-3b4656fec3aa'
const event = (message: string) => ({ type: 'event_msg', payload: { type: 'user_message', message } })

const readAll = async (path: string) => {
  const lines: DatedLine[] = []
  let damage: Damage | undefined
  for await (const line of rolloutFile(path).lines((found) => {
    damage = found
  }))
    lines.push(line)
  return { texts: lines.map(({ payload }) => payload['message']), damage }
}

const written = (...texts: readonly string[]): string => {
  const path = join(newHome(), `rollout-2026-11-26T03-45-08-${ID}.jsonl`)
  const writer = openRolloutWriter({ threadId: ID, path, now: () => 0 })
  writer.append(texts.map(event))
  writer.close()
  return path
}

describe('threads rollout: is read', () => {
  it('up to its torn end, cut at every byte, and goes on there', async () => {
    verifies('app.rollout')
    const path = written('one', 'zwei ü', 'three')
    const whole = readFileSync(path)
    const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([at]) => at)
    for (let cut = 0; cut <= whole.length; cut++) {
      writeFileSync(path, whole.subarray(0, cut))
      const kept = ['one', 'zwei ü', 'three'].filter((_, at) => (ends[at] as number) <= cut)
      const { texts, damage } = await readAll(path)
      expect([cut, texts]).toEqual([cut, kept])
      expect(damage?.problem).toBe(ends.includes(cut) || ends.includes(cut - 1) || cut === 0 ? undefined : 'torn')
      await mend(path)
      const writer = openRolloutWriter({ threadId: ID, path, now: () => 0 })
      writer.append([event('next')])
      writer.close()
      expect(await readAll(path)).toEqual({ texts: [...kept, 'next'], damage: undefined })
    }
  })

  it.each([
    ['no JSON', 'nonsense'],
    ['zeros', '\0\0\0\0'],
    ['no line of a rollout', '{"a":1}'],
    ['not an object', '[1]'],
  ])('up to a line that is %s, and the whole is kept beside it when it is written again', async (_, line) => {
    const path = written('one')
    appendFileSync(path, `${line}\n${JSON.stringify(event('after'))}\n`)
    const before = readFileSync(path, 'utf8')
    expect(await readAll(path)).toMatchObject({ texts: ['one'], damage: { line: 2, problem: 'unreadable' } })
    const { damage } = await mend(path)
    expect(damage).toMatch(/^Line 2 of the thread is damaged; it opens up to there\. The whole file is kept as /)
    const beside = readdirSync(dirname(path)).find((name) => name.includes('.damaged-')) as string
    expect(readFileSync(join(dirname(path), beside), 'utf8')).toBe(before)
    expect(await readAll(path)).toEqual({ texts: ['one'], damage: undefined })
  })

  it('whole when only the end of its last line is missing', async () => {
    const path = written('one')
    writeFileSync(path, readFileSync(path, 'utf8').trimEnd())
    expect(await readAll(path)).toEqual({ texts: ['one'], damage: undefined })
  })
})

describe('threads rollout: a damaged thread', () => {
  it('opens up to the damage, says so, and goes on', async () => {
    const first = openPlayed()
    const threadId = await first.start()
    await first.turn(threadId, 'one')
    const { path } = (await first.call('thread/read', { threadId })).thread
    await first.close()
    appendFileSync(path, 'nonsense\n')
    const second = openPlayed({ home: first.home })
    expect((await second.call('thread/read', { threadId, includeTurns: true })).towline.damage).toMatch(
      'is damaged; it opens up to there',
    )
    const { towline } = await second.call('thread/resume', { threadId })
    expect(second.told).toEqual([{ method: 'warning', params: { threadId, message: towline.damage } }])
    await second.turn(threadId, 'two')
    expect((await second.call('thread/read', { threadId, includeTurns: true })).thread.turns.length).toBe(2)
    await second.close()
  })
})

describe('threads rollout: is written', () => {
  it('by whole lines or not at all, and only we may read it', () => {
    const path = join(newHome(), 'sessions', 'x.jsonl')
    let fails = false
    const disk = {
      write: (fd: number, bytes: Uint8Array) => {
        const some = bytes.subarray(0, 7)
        appendFileSync(fd, some)
        if (fails) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
        return some.length
      },
      sync: () => Promise.reject(Object.assign(new Error('bad'), { code: 'EIO' })),
    }
    const writer = openRolloutWriter({ threadId: ID, path, now: () => 0, disk })
    writer.append([event('one')])
    const before = readFileSync(path, 'utf8')
    fails = true
    expect(() => writer.append([event('two'), event('three')])).toThrow(
      `The thread ${ID} cannot be written: the disk is full.`,
    )
    expect(readFileSync(path, 'utf8')).toBe(before)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    fails = false
    writer.append([event('four')])
    expect(readFileSync(path, 'utf8')).toContain('four')
    return expect(writer.sync()).rejects.toThrow('the disk failed.')
  })

  it('where Codex looks for it', () => {
    const path = rolloutPath('/home', ID, new Date(2026, 10, 6, 3, 4, 5).getTime())
    expect(path).toBe(`/home/sessions/2026/11/06/rollout-2026-11-06T03-04-05-${ID}.jsonl`)
    expect(threadIdOf(path)).toBe(ID)
    expect(unarchivedPath('/home', `/home/archived_sessions/${basename(path)}`)).toBe(path)
    expect(threadIdOf(`${path}.damaged-1`)).toBeUndefined()
  })
})
