/** Proves that the index says what the files say, whatever became of it. */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { closePlayed, openPlayed, type Played } from '../threads.fixture.ts'

const open = (home?: string): Played => openPlayed(home === undefined ? {} : { home })
afterEach(closePlayed)

const FILE = 'towline-threads.sqlite'
const previews = async (played: Played, params: object = {}): Promise<readonly string[]> =>
  (await played.call('thread/list', params)).data.map(({ preview }: { preview: string }) => preview)

const begun = async (): Promise<string> => {
  const played = open()
  await played.turn(await played.start(), 'one')
  expect(await previews(played)).toEqual(['one'])
  await played.close()
  return played.home
}

describe('threads index:', () => {
  it('is made anew when it is missing, damaged, or of another version, and only we may read it', async () => {
    const home = await begun()
    for (const spoil of [
      () => rmSync(join(home, FILE)),
      () => writeFileSync(join(home, FILE), 'nonsense '.repeat(1000)),
      () => writeFileSync(join(home, FILE), Buffer.alloc(8192, 1)),
    ]) {
      spoil()
      const played = open(home)
      expect(await previews(played)).toEqual(['one'])
      await played.close()
      expect(statSync(join(home, FILE)).mode & 0o777).toBe(0o600)
    }
  })

  it('lists without a file where none can be made', async () => {
    const home = await begun()
    for (const name of readdirSync(home).filter((one) => one.startsWith(FILE))) rmSync(join(home, name))
    mkdirSync(join(home, FILE, 'x'), { recursive: true })
    expect(await previews(open(home))).toEqual(['one'])
  })

  it('lists on when its file breaks under it', async () => {
    const home = await begun()
    const played = open(home)
    expect(await previews(played)).toEqual(['one'])
    // As a disk does that is full, or gone.
    const { default: Database } = await import('libsql')
    const other = new Database(join(home, FILE))
    other.exec('drop table threads')
    other.close()
    expect(await previews(played)).toEqual(['one'])
  })

  it('sees what others wrote, changed and took away', async () => {
    const [home, other] = [await begun(), await begun()]
    const played = open(home)
    await previews(played)
    const file = (name: string) => join(home, 'sessions', name)
    const id = '0199a213-81c0-7800-8aa1-bbab2a035a53'
    const meta = { type: 'session_meta', payload: { id, timestamp: '2025-10-02T10:00:00Z', cwd: '/x', source: 'cli' } }
    const said = { type: 'event_msg', payload: { type: 'user_message', message: 'theirs' } }
    const path = file(`rollout-2025-10-02T10-00-00-${id}.jsonl`)
    writeFileSync(path, `${JSON.stringify(meta)}\n`)
    expect(await previews(played)).toEqual(['one'])
    writeFileSync(path, `${JSON.stringify(meta)}\n${JSON.stringify(said)}\n`)
    writeFileSync(join(home, 'session_index.jsonl'), `${JSON.stringify({ id, thread_name: 'named' })}\nnonsense\n`)
    expect(await previews(played)).toEqual(['one', 'theirs'])
    expect(await previews(played, { searchTerm: 'named' })).toEqual(['theirs'])
    rmSync(path)
    expect(await previews(played)).toEqual(['one'])
    expect(other).not.toBe(home)
  })
})
