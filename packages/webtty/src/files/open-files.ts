/** Owns serving a folder over HTTP (docs/protocol/fs.md): opens the folder, answers requests, and ends them all. */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { mkdirSync } from 'node:fs'
import { type Log, silentLog } from '@towline/base'
import { AppError, type Limits, LIMITS } from '@towline/protocol'
import { openJournal, type Journal } from './root/journal.ts'
import { openRoot } from './root/open-root.ts'
import { makeWalk } from './root/walk.ts'
import type { Service } from './routes/call.ts'
import { Digests } from './routes/digests.ts'
import { FEATURES, NOTICE } from './routes/get-info.ts'
import { serveCalls } from './routes/serve-calls.ts'
import { Uploads } from './upload/uploads.ts'
import { Watches } from './watch/watches.ts'

export interface FilesOptions {
  /** The folder to serve. */
  readonly root: string
  /** Refuses every change. */
  readonly readOnly?: boolean
  /** Where unfinished writes are kept on record; outside the root, one folder for each root. */
  readonly state?: string
  readonly limits?: Limits
  readonly log?: Log
  /** Milliseconds since 1970. */
  readonly clock?: () => number
}

/** What is told of the files in the labels of the tunnel. */
export interface FilesFacts {
  readonly mode: 'read-only' | 'read-write'
  readonly features: readonly string[]
  /** To be shown to whoever starts a server. */
  readonly notice: string
}

export interface Files {
  /** For paths relative to the mount path, such as `/v1/ls`; a listener of node:http's `request`. */
  readonly handler: (req: IncomingMessage, res: ServerResponse) => void
  readonly facts: FilesFacts
  /** Breaks off what runs, awaits it and closes the folder; twice is harmless. */
  close(): Promise<void>
}

/** Opens the folder and takes away what a crash left half-written. Throws FILES_UNAVAILABLE. */
export const openFiles = async (options: FilesOptions): Promise<Files> => {
  const { readOnly = false, limits = LIMITS, log = silentLog(), clock = Date.now } = options
  const root = openRoot(options.root)
  try {
    const walk = makeWalk(root, limits)
    const state = options.state ?? defaultState(options.root)
    const changes = readOnly ? refusing() : openChanges({ state, walk, limits, clock, root: options.root })
    const shared = { walk, readOnly, limits, log, clock }
    const service: Service = { ...shared, ...changes, watches: new Watches(limits), digests: new Digests(limits) }
    const calls = serveCalls(service)
    const sweeping = readOnly ? undefined : setInterval(() => service.uploads.sweep(), limits.sweepMs).unref()
    let closing: Promise<void> | undefined
    const end = async (): Promise<void> => {
      clearInterval(sweeping)
      await calls.close()
      if (!readOnly) await service.uploads.close()
      root.close()
    }
    return {
      handler: calls.handler,
      facts: { mode: readOnly ? 'read-only' : 'read-write', features: FEATURES, notice: NOTICE },
      close: () => (closing ??= end()),
    }
  } catch (error) {
    root.close()
    throw error
  }
}

/** Folders of people's state (XDG base directory specification), one for each root. */
const defaultState = (root: string): string => {
  const home = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state')
  return join(home, 'towline', 'files', createHash('sha256').update(resolve(root)).digest('hex').slice(0, 32))
}

type Changes = Pick<Service, 'journal' | 'uploads'>

const openChanges = ({ root, ...options }: ConstructorParameters<typeof Uploads>[0] & { root: string }): Changes => {
  try {
    mkdirSync(options.state, { recursive: true, mode: 0o700 })
    return { journal: openJournal(options.state, options.walk), uploads: new Uploads(options) }
  } catch (error) {
    if (error instanceof AppError) throw error
    const problem = `its state cannot be kept in ${options.state}: ${(error as Error).message}`
    throw new AppError('FILES_UNAVAILABLE', { root, problem }, { cause: error })
  }
}

/** Even a route that forgot to be a change finds nothing to write with. */
const refusing = (): Changes => {
  const refuse = (): never => {
    throw new AppError('FILE_READ_ONLY')
  }
  const journal: Journal = { create: refuse, drop: refuse }
  return { journal, uploads: new Proxy({} as Uploads, { get: refuse }) }
}
