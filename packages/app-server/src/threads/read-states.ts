/** Owns which turns of a thread a person has not read: a line each time that changes, of which the last counts. */
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomText } from '@towline/base'
import { LIMITS, type ThreadReadState } from '@towline/protocol'
import { RpcError } from '../rpc/rpc-error.ts'
import { object, text } from './json.ts'

const FILE = 'towline-read-states.jsonl'
const REVISION_CHARS = 16

export class ReadStates {
  readonly #path: string
  #known: Promise<Map<string, ThreadReadState>> | undefined

  constructor(home: string) {
    this.#path = join(home, FILE)
  }

  async of(threadId: string): Promise<ThreadReadState> {
    return (await this.#all()).get(threadId) ?? { firstUnread: null, revision: `initial:${threadId}` }
  }

  /** A turn is over: it is unread, unless one before it is. */
  async ended(threadId: string, turnId: string): Promise<ThreadReadState> {
    const { firstUnread } = await this.of(threadId)
    return await this.#put(threadId, firstUnread ?? { type: 'turn', turnId })
  }

  /** Of a person. Throws RpcError when it is not any more what they saw. */
  async mark(threadId: string, operation: 'read' | 'unread', expectedRevision: string): Promise<ThreadReadState> {
    const { revision } = await this.of(threadId)
    if (revision !== expectedRevision) throw new RpcError('invalidRequest', 'read state changed')
    return await this.#put(threadId, operation === 'read' ? null : { type: 'threadStart' })
  }

  async #put(threadId: string, firstUnread: ThreadReadState['firstUnread']): Promise<ThreadReadState> {
    const state = { firstUnread, revision: randomText(REVISION_CHARS) }
    const all = await this.#all()
    all.set(threadId, state)
    // Without a disk it is known until the server ends.
    await appendFile(this.#path, lineOf(threadId, state), { mode: 0o600 }).catch(() => undefined)
    return state
  }

  #all(): Promise<Map<string, ThreadReadState>> {
    this.#known ??= this.#load()
    return this.#known
  }

  async #load(): Promise<Map<string, ThreadReadState>> {
    const lines = (await readFile(this.#path, 'utf8').catch(() => '')).split('\n')
    const all = new Map(lines.flatMap(readLine))
    const said = [...all].map(([id, state]) => lineOf(id, state)).join('')
    if (lines.length > LIMITS.threadFiles) await writeFile(this.#path, said, { mode: 0o600 }).catch(() => undefined)
    return all
  }
}

const lineOf = (id: string, state: ThreadReadState): string => `${JSON.stringify({ id, ...state })}\n`

const readLine = (line: string): readonly (readonly [string, ThreadReadState])[] => {
  try {
    const { id, firstUnread, revision } = JSON.parse(line) as Readonly<Record<string, unknown>>
    if (text(id) === undefined || text(revision) === undefined) return []
    const state = { firstUnread: object(firstUnread) ?? null, revision } as unknown as ThreadReadState
    return [[id as string, state]]
  } catch {
    return []
  }
}
