/**
 * Owns the journal of what agents did here, kept before anything of it is told to a server: append-only, for its user
 * alone, bounded. It holds no arguments, only their hash.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { newId } from '@towline/base'
import { type AgentCall, AppError, LIMITS, type Limits, printable } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { type Env, homeDir } from '../context/home.ts'
import { appendLine } from './journal-files.ts'

/** One for each server and login: what was done under one is never told under another. */
export interface Journal {
  readonly folder: string
}

/** Of calls that concern no server when there is no connection; those stay here. */
export const journalOf = (env: Env, connection?: Pick<Connection, 'url' | 'context' | 'token'>): Journal => {
  const name = connection ? hash(`${connection.url}\n${loginOf(connection)}`) : 'local'
  return { folder: join(homeDir(env), 'agents', 'journal', name) }
}

/** A context, or the credential of a token that came by the environment: its first part is no secret. */
const loginOf = ({ context, token }: Pick<Connection, 'context' | 'token'>): string => {
  if (context !== undefined) return `context ${context}`
  return typeof token === 'string' ? `token ${/^tow_([^_]+)_/.exec(token)?.[1] ?? hash(token)}` : 'token'
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24)

export type NewAgentCall = Omit<AgentCall, 'id' | 'at'> & Partial<Pick<AgentCall, 'id' | 'at'>>

/**
 * Writes a call down; answers it as it was written: with an id, and texts that are too long cut. It outlives this process
 * as soon as this resolves, though not a power cut. Rejects with LOCAL_FILE.
 */
export const appendCall = async (
  { folder }: Journal,
  call: NewAgentCall,
  limits: Limits = LIMITS,
): Promise<AgentCall> => {
  const { record, line } = fitted({ id: newId('cal'), at: Math.floor(Date.now() / 1000), ...call }, limits)
  await write(folder, line, limits)
  return record
}

/** A call of which it is not known what becomes of it. */
export type BegunCall = Omit<AgentCall, 'code' | 'durationMs'>

/** What stands in the journal of such a call. */
export interface BegunRecord extends BegunCall {
  /** The process that makes the call: when it is gone, nobody will say how the call ended. */
  readonly begunBy: number
}

/** Writes down that a call begins; `appendCall` with its id says how it ended. Rejects with LOCAL_FILE. */
export const appendBegun = async ({ folder }: Journal, call: BegunCall, limits: Limits = LIMITS): Promise<void> => {
  const { line } = fitted({ ...call, begunBy: process.pid }, limits)
  await write(folder, line, limits)
}

const write = async (folder: string, line: string, limits: Limits): Promise<void> =>
  appendLine(folder, line, limits).catch((error: NodeJS.ErrnoException) => {
    throw new AppError('LOCAL_FILE', { file: folder, problem: error.code ?? error.message })
  })

/** The texts that others wrote. */
const TEXTS = ['agent', 'agentVersion', 'thread', 'turn', 'callId', 'target', 'decidedBy'] as const

/** Characters of each text, until the record is short enough. */
const CUTS = [128, 64, 32, 16] as const

const fitted = <Call extends AgentCall | BegunRecord>(
  call: Call,
  { journalRecordBytes }: Limits,
): { record: Call; line: string } => {
  let line = ''
  let record = call
  for (const chars of CUTS) {
    record = { ...call, ...Object.fromEntries(TEXTS.flatMap((key) => cutText(key, call[key], chars))) }
    line = JSON.stringify(record)
    if (Buffer.byteLength(line) <= journalRecordBytes) break
  }
  return { record, line }
}

const cutText = (
  key: string,
  text: string | undefined,
  chars: number,
): readonly (readonly [string, string | undefined])[] =>
  text === undefined || text === ''
    ? [[key, key === 'agent' ? 'unknown' : undefined]]
    : [
        [
          key,
          [...printable(text.slice(0, chars * 2))]
            .slice(0, chars)
            .join('')
            .replace(/\p{Cs}/gu, '\ufffd'),
        ],
      ]
