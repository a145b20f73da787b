/** Proves that no call of an agent that was written down is lost by kill -9: not while it is written, nor while it is told. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { flushJournal, journalOf, type sendAgentCalls } from '@towline/operations'
import type { AgentCall } from '@towline/protocol'
import { tempFolder, verifies } from '@towline/testkit'
import { describe, expect, it } from 'vitest'
import { roomProgram } from '../control-program.ts'

const ROUNDS = 8

const CALL = `{ agent: 'codex', tool: 'towline_x', argumentsHash: 'a'.repeat(64), decision: 'allowed', durationMs: 1 }`

/** Writes down as fast as it can, and prints each id once that was acknowledged. */
const writer = roomProgram(
  'operations',
  'journal-writer',
  `
  import { appendCall, journalOf } from './guard/journal.ts'
  const journal = journalOf({ TOWLINE_HOME: process.argv[2] }, { url: process.argv[3], token: 'tow_abc_x' })
  for (;;) process.stdout.write((await appendCall(journal, ${CALL})).id + '\\n')
`,
)

/** Writes three down, then tells them. */
const teller = roomProgram(
  'operations',
  'journal-teller',
  `
  import { appendCall, journalOf } from './guard/journal.ts'
  import { flushJournal } from './guard/flush-journal.ts'
  const connection = { url: process.argv[3], token: 'tow_abc_x' }
  const journal = journalOf({ TOWLINE_HOME: process.argv[2] }, connection)
  for (let n = 0; n < 3; n++) await appendCall(journal, ${CALL})
  await flushJournal(journal, connection)
`,
)

/** Keeps each id once, as a server does. */
const keeper = () => {
  const kept = new Map<string, AgentCall>()
  const keep = (calls: readonly AgentCall[]) => {
    const before = kept.size
    for (const call of calls) kept.set(call.id, call)
    return { accepted: kept.size - before, duplicates: calls.length - (kept.size - before) }
  }
  const send: typeof sendAgentCalls = async (_, calls) => keep(calls)
  return { kept, keep, send }
}

const idsUntilKilled = async (child: ChildProcess, count: number): Promise<string[]> => {
  const ids: string[] = []
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    ids.push(line)
    if (ids.length === count) child.kill('SIGKILL')
  }
  return ids
}

describe('guard journal after kill -9', () => {
  it('tells every call that was acknowledged, in order, written by several processes at once', async () => {
    verifies('guard.audit')
    using temp = tempFolder('journal-kill')
    const connection = { url: 'https://towline.example:443', token: 'tow_abc_x' }
    const rounds = Array.from({ length: ROUNDS }, (_, round) => round)
    const written: string[][] = []
    for (const round of rounds) {
      const start = () =>
        spawn(process.execPath, [writer, temp.path, connection.url], { stdio: ['ignore', 'pipe', 'inherit'] })
      written.push(...(await Promise.all([start(), start()].map((child) => idsUntilKilled(child, 3 + round * 7)))))
    }
    const { kept, send } = keeper()
    await flushJournal(journalOf({ TOWLINE_HOME: temp.path }, connection), connection, { send })
    const told = [...kept.keys()]
    for (const ids of written) expect(told.filter((id) => ids.includes(id))).toEqual(ids)
  })

  it('tells again what a server kept but never answered, which the server knows', async () => {
    verifies('guard.audit')
    using temp = tempFolder('journal-kill')
    const { kept, keep, send } = keeper()
    const server = createServer(async (request) => {
      let text = ''
      for await (const part of request) text += String(part)
      keep((JSON.parse(text) as { calls: AgentCall[] }).calls)
      server.emit('kept')
    })
    const url = await listen(server)
    const child = spawn(process.execPath, [teller, temp.path, url], { stdio: 'inherit' })
    await once(server, 'kept')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(kept.size).toBe(3)
    const connection = { url, token: 'tow_abc_x' }
    const journal = journalOf({ TOWLINE_HOME: temp.path }, connection)
    const flushed = await flushJournal(journal, connection, { send })
    expect(flushed).toEqual({ sent: 0, duplicates: 3, skipped: 0, busy: false })
    server.closeAllConnections()
    server.close()
  })
})

const listen = async (server: Server): Promise<string> => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
