/** Owns the files of a machine. */
import { toDuplex } from '@towline/base'
import { AppError } from '@towline/protocol'
import { onReset } from '@towline/sdk'
import { createFilesClient, type FilesClient } from '@towline/webtty'
import type { MachineRequest } from './machine.ts'
import { openReach, type Reach } from './reach.ts'
import { securityFor } from './trust.ts'

export type FilesRequest = MachineRequest

/** The files of a machine, until they are closed. */
export interface OpenedFiles {
  readonly files: FilesClient
  /** Why `error` came, as far as whoever stands between told it. */
  why(error: unknown): unknown
  /** Whether the way there is ended for good. */
  readonly over: boolean
  close(): Promise<void>
}

/**
 * Runs `use` with the files of a machine. Rejects with FILES_ENCRYPTED, before anything is asked, when the server is pinned: files do
 * not go through end-to-end encryption.
 */
export const withFiles = async <T>(request: FilesRequest, use: (files: FilesClient) => Promise<T>): Promise<T> => {
  const opened = await (request.pool ? request.pool.files(request) : openFilesOf(request))
  try {
    return await use(opened.files)
  } catch (error) {
    throw opened.why(error)
  } finally {
    await opened.close()
  }
}

/** Rejects with FILES_ENCRYPTED, or with why the machine is not reached. */
export const openFilesOf = async (request: FilesRequest): Promise<OpenedFiles> => {
  const reach = await openReach(request)
  try {
    if (await securityFor({ ...request.trust, env: request.env }, reach.name))
      throw new AppError('FILES_ENCRYPTED', { name: reach.name })
    return filesBy(reach, request)
  } catch (error) {
    await reach.close()
    throw error
  }
}

const filesBy = (reach: Reach, { url, signal }: FilesRequest): OpenedFiles => {
  let refusal: AppError | undefined
  const files = createFilesClient({
    url,
    headers: () => reach.headers,
    createConnection: async () => {
      refusal = undefined
      const channel = await reach.stream(signal)
      const stream = toDuplex(channel)
      onReset(channel, (error) => {
        refusal = error
        stream.destroy(error)
      })
      return stream
    },
  })
  return {
    files,
    // Answers of the service and trouble with local files have nothing to do with the connection.
    why: (error) => (error instanceof AppError && OF_CONNECTIONS.has(error.code) ? (refusal ?? error) : error),
    get over() {
      return reach.over
    },
    close: async () => {
      files.close()
      await reach.close()
    },
  }
}

const OF_CONNECTIONS: ReadonlySet<string> = new Set(['SERVER_UNREACHABLE', 'FILE_TRANSFER_CUT'])
