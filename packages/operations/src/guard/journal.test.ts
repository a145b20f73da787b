/** Proves that the journal loses nothing it acknowledged, spoils nothing when it is torn, stays bounded, and tells in order. */
import { appendFile, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AgentCall, AppError, LIMITS } from '@towline/protocol'
import { eventually, tempFolder } from '@towline/testkit'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AgentJournalOptions, openAgentJournal } from './agent-journal.ts'
import { flushJournal } from './flush-journal.ts'
import { appendBegun, appendCall, type BegunCall, type Journal, journalOf, type NewAgentCall } from './journal.ts'
import type { sendAgentCalls } from './send-agent-calls.ts'

const CONNECTION = { url: 'https://towline.example:443', token: 'tow_abc_secret', context: 'home' }
const CALL: NewAgentCall = {
  ...{ agent: 'codex', thread: 't-1', tool: 'towline_cleanup', argumentsHash: 'a'.repeat(64) },
  ...{ decision: 'allowed', durationMs: 1 },
}

let temp: ReturnType<typeof tempFolder>
let journal: Journal
beforeEach(() => {
  temp = tempFolder('journal')
  journal = journalOf({ TOWLINE_HOME: temp.path }, CONNECTION)
})
afterEach(() => temp[Symbol.dispose]())

/** A server that keeps each id once; it fails where it is told to. */
const serverOf = (fail: (calls: readonly AgentCall[], kept: number) => void = () => undefined) => {
  const kept = new Map<string, AgentCall>()
  const asked: number[] = []
  const send: typeof sendAgentCalls = async (_, calls) => {
    asked.push(calls.length)
    fail(calls, kept.size)
    const before = kept.size
    for (const call of calls) if (!kept.has(call.id)) kept.set(call.id, call)
    return { accepted: kept.size - before, duplicates: calls.length - (kept.size - before) }
  }
  return { send, kept, asked }
}
const files = async () => (await readdir(journal.folder)).filter((name) => name.endsWith('.jsonl')).toSorted()
const add = (number: number, limits = LIMITS) =>
  appendCall(journal, { ...CALL, id: `call-${number}`.padEnd(8, '_') }, limits)
const ids = ({ kept }: ReturnType<typeof serverOf>) => [...kept.keys()].map((id) => Number(/\d+/.exec(id)?.[0]))

describe('guard journal', () => {
  it('writes each call as one line for its user alone, and tells them in order', async () => {
    verifies('guard.audit')
    for (const number of [1, 2, 3]) await add(number)
    const [file = ''] = await files()
    const path = join(journal.folder, file)
    expect([(await stat(path)).mode & 0o777, (await stat(journal.folder)).mode & 0o777]).toEqual([0o600, 0o700])
    const server = serverOf()
    expect(await flushJournal(journal, CONNECTION, server)).toEqual({ sent: 3, duplicates: 0, skipped: 0, busy: false })
    expect(ids(server)).toEqual([1, 2, 3])
    expect(await flushJournal(journal, CONNECTION, server)).toEqual({ sent: 0, duplicates: 0, skipped: 0, busy: false })
    expect(server.asked).toEqual([3])
    expect(await readFile(path, 'utf8')).not.toContain('secret')
  })

  it('tells again what the server did not acknowledge, from there on', async () => {
    verifies('guard.audit')
    for (let number = 1; number <= 5; number++) await add(number)
    const limits = { ...LIMITS, agentCallsBatch: 2 }
    const away = serverOf((_, kept) => {
      if (kept >= 2) throw new AppError('SERVER_UNREACHABLE', { url: CONNECTION.url, problem: 'gone' })
    })
    await expect(flushJournal(journal, CONNECTION, { ...away, limits })).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
    })
    const back = serverOf()
    expect((await flushJournal(journal, CONNECTION, { ...back, limits })).sent).toBe(3)
    expect([ids(away), ids(back)]).toEqual([
      [1, 2],
      [3, 4, 5],
    ])
  })

  it('tells twice rather than never when its mark is lost', async () => {
    await add(1)
    const server = serverOf()
    await flushJournal(journal, CONNECTION, server)
    await writeFile(join(journal.folder, 'told.json'), '{"told":')
    expect(await flushJournal(journal, CONNECTION, server)).toMatchObject({ sent: 0, duplicates: 1 })
  })

  it('survives a line that was torn at any byte: only that one is lost', async () => {
    verifies('guard.audit')
    await add(1)
    const [file = ''] = await files()
    const path = join(journal.folder, file)
    const { size } = await stat(path)
    const line = (await readFile(path, 'utf8')).trim()
    for (let length = 0; length <= line.length; length++) {
      await truncate(path, size)
      await appendFile(path, `\n${line.replace('call-1', 'call-7').slice(0, length)}`)
      await add(2)
      await writeFile(join(journal.folder, 'told.json'), '{}', { mode: 0o600 })
      const server = serverOf()
      await flushJournal(journal, CONNECTION, server)
      expect([length, ids(server)]).toEqual([length, length === line.length ? [1, 7, 2] : [1, 2]])
    }
  })

  it('leaves a last line that is not ended yet for later', async () => {
    await add(1)
    const [file = ''] = await files()
    const line = (await readFile(join(journal.folder, file), 'utf8')).trim().replace('call-1', 'call-2')
    await appendFile(join(journal.folder, file), `\n${line}`)
    const server = serverOf()
    await flushJournal(journal, CONNECTION, server)
    expect(ids(server)).toEqual([1])
    await appendFile(join(journal.folder, file), '\n')
    await flushJournal(journal, CONNECTION, server)
    expect(ids(server)).toEqual([1, 2])
  })

  it('goes on in new files and forgets the oldest, also those that nobody told', async () => {
    verifies('guard.audit', 'limits.table')
    const limits = { ...LIMITS, journalSegmentBytes: 500, journalSegments: 3 }
    for (let number = 1; number <= 40; number++) await add(number, limits)
    expect((await files()).length).toBe(3)
    const server = serverOf()
    await flushJournal(journal, CONNECTION, server)
    const told = ids(server)
    expect(told).toEqual(Array.from({ length: told.length }, (_, at) => 41 - told.length + at))
    expect(told.length).toBeGreaterThanOrEqual(2 * 2)
  })

  it('tells what a slow process appended to an older file after that was told', async () => {
    const limits = { ...LIMITS, journalSegmentBytes: 100 }
    await add(1, limits)
    await add(2, limits)
    const server = serverOf()
    await flushJournal(journal, CONNECTION, server)
    const [older = ''] = await files()
    const line = (await readFile(join(journal.folder, older), 'utf8')).trim().replace('call-1', 'call-3')
    await appendFile(join(journal.folder, older), `\n${line}\n`)
    await flushJournal(journal, CONNECTION, server)
    expect(ids(server)).toEqual([1, 2, 3])
  })

  it('goes on without a record that the server will never take', async () => {
    await add(1)
    await appendCall(journal, { ...CALL, id: 'bad_call', tool: 'no tool' })
    await add(2)
    const server = serverOf((calls) => {
      if (calls.some(({ tool }) => tool === 'no tool')) throw new AppError('REQUEST_INVALID', { problem: 'tool' })
    })
    expect(await flushJournal(journal, CONNECTION, server)).toEqual({ sent: 2, duplicates: 0, skipped: 1, busy: false })
    expect(ids(server)).toEqual([1, 2])
  })

  it('cuts texts until a record fits, and makes them harmless', async () => {
    verifies('limits.table')
    const wild = '😀'.repeat(500)
    const texts = {
      agent: `\u001b[2J${wild}`,
      agentVersion: wild,
      thread: wild,
      turn: wild,
      callId: wild,
      target: wild,
    }
    const record = await appendCall(journal, { ...CALL, ...texts, decidedBy: wild })
    expect(record.agent.startsWith('\ufffd[2J😀')).toBe(true)
    const [file = ''] = await files()
    expect((await stat(join(journal.folder, file))).size).toBeLessThanOrEqual(LIMITS.journalRecordBytes + 2)
    expect((await appendCall(journal, { ...CALL, agent: '', thread: '' })).thread).toBe(undefined)
  })

  it('takes calls of many at once', async () => {
    const limits = { ...LIMITS, journalSegmentBytes: 2_000, journalSegments: 1_000 }
    await Promise.all(Array.from({ length: 200 }, (_, at) => add(at, limits)))
    const server = serverOf()
    const [one, other] = await Promise.all([
      flushJournal(journal, CONNECTION, server),
      flushJournal(journal, CONNECTION, server),
    ])
    expect([one, other].filter(({ busy }) => busy).length).toBe(1)
    expect(ids(server).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, at) => at))
  })

  it('keeps what was done under one login apart from others', () => {
    const env = { TOWLINE_HOME: temp.path }
    const folders = [
      journalOf(env, CONNECTION),
      journalOf(env, { ...CONNECTION, context: 'work' }),
      journalOf(env, { ...CONNECTION, url: 'https://other.example:443' }),
      journalOf(env, { url: CONNECTION.url, token: 'tow_abc_secret' }),
      journalOf(env, { url: CONNECTION.url, token: 'tow_def_secret' }),
      journalOf(env),
    ].map(({ folder }) => folder)
    expect(new Set(folders).size).toBe(folders.length)
    expect(journalOf(env, { url: CONNECTION.url, token: 'tow_abc_rotated' }).folder).toBe(folders[3])
    expect(folders.join()).not.toContain('secret')
  })

  it('says where nothing can be written', async () => {
    await writeFile(join(temp.path, 'file'), '')
    const blocked = { folder: join(temp.path, 'file', 'journal') }
    await expect(appendCall(blocked, CALL)).rejects.toMatchObject({ code: 'LOCAL_FILE' })
  })
})

describe('guard journal: calls that have begun', () => {
  const begun = (id: string): BegunCall => {
    const { durationMs: _, ...call } = CALL
    return { ...call, id: id.padEnd(8, '_'), at: 1 }
  }

  it('are told once it is known how they ended', async () => {
    verifies('guard.audit')
    await appendBegun(journal, begun('one'))
    const server = serverOf()
    await flushJournal(journal, CONNECTION, server)
    expect(server.kept.size).toBe(0)
    await appendCall(journal, { ...begun('one'), durationMs: 7 })
    await flushJournal(journal, CONNECTION, server)
    expect([...server.kept.values()]).toMatchObject([{ id: 'one_____', durationMs: 7 }])
  })

  it('are told as lost when their process is gone without a word, once', async () => {
    verifies('guard.audit')
    await appendBegun(journal, begun('lost'))
    await appendBegun(journal, begun('ended'))
    await appendCall(journal, { ...begun('ended'), durationMs: 7 })
    const [file = ''] = await files()
    const path = join(journal.folder, file)
    // No process has this number.
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replaceAll(`"begunBy":${process.pid}`, '"begunBy":2147483646'))
    const server = serverOf()
    await flushJournal(journal, CONNECTION, server)
    await flushJournal(journal, CONNECTION, server)
    expect(server.asked).toEqual([1, 1])
    expect([...server.kept.values()].map(({ id, code }) => [id, code])).toEqual([
      ['ended___', undefined],
      ['lost____', 'CALL_LOST'],
    ])
    expect(JSON.stringify([...server.kept.values()])).not.toContain('begunBy')
  })
})

describe('guard journal: in the background', () => {
  const call = (id: string): AgentCall => ({ ...CALL, id: id.padEnd(8, '_'), at: 1 })
  const open = (send: typeof sendAgentCalls, more: Partial<AgentJournalOptions> = {}) =>
    openAgentJournal({ env: { TOWLINE_HOME: temp.path }, limits: LIMITS, send, ...more })

  it('tells what ended, without the agent of the call, and keeps what is of no server here', async () => {
    verifies('guard.audit')
    const server = serverOf()
    const connections: unknown[] = []
    const kept = open((connection, ...rest) => {
      connections.push(connection)
      return server.send(connection, ...rest)
    })
    await kept.begin(call('one'), CONNECTION)
    await kept.end(call('one'), { ...CONNECTION, claim: { name: 'codex' } })
    await kept.end(call('local'), undefined)
    await kept.close()
    await kept.close()
    expect([...server.kept.keys()]).toEqual(['one_____'])
    expect(connections).toEqual([CONNECTION])
  })

  it('tells a chain of calls at once, and does not wait to when it is closed', async () => {
    const server = serverOf()
    const kept = open(server.send, { limits: { ...LIMITS, journalGatherMs: 3_600_000 } })
    for (const id of ['one', 'two', 'three']) await kept.end(call(id), CONNECTION)
    expect(server.asked).toEqual([])
    await kept.close()
    expect(server.asked).toEqual([3])
    expect([...server.kept.keys()]).toEqual(['one_____', 'two_____', 'three___'])
  })

  it('asks a server that took nothing no more for a while, and loses nothing', async () => {
    const problems: unknown[] = []
    let now = 0
    let away = true
    const server = serverOf(() => {
      if (away) throw new AppError('SERVER_UNREACHABLE', { url: CONNECTION.url, problem: 'gone' })
    })
    const first = open(server.send, { onProblem: (error) => problems.push(error), clock: () => now })
    await first.end(call('one'), CONNECTION)
    await eventually('a problem', () => problems[0])
    await first.end(call('two'), CONNECTION)
    expect(server.asked.length).toBe(1)
    away = false
    now = LIMITS.journalRetryMs
    await first.end(call('three'), CONNECTION)
    await first.close()
    expect([...server.kept.keys()]).toEqual(['one_____', 'two_____', 'three___'])
  })

  it('gives up telling when it is closed, and the next process goes on', async () => {
    const hung: typeof sendAgentCalls = (_, __, options) =>
      new Promise((_done, reject) => options?.signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    const first = open(hung, { limits: { ...LIMITS, journalCloseMs: 1 } })
    await first.end(call('one'), CONNECTION)
    await first.close()
    const server = serverOf()
    await flushJournal(journal, CONNECTION, server)
    expect([...server.kept.keys()]).toEqual(['one_____'])
  })
})
