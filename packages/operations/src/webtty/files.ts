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
 * Runs `use` with the files of a machine. Rejects with FILES_ENCRYPTED, before anything is asked, when the server is pinned, and before
 * it is told a path when it encrypts: files do not go through end-to-end encryption.
 */
export const withFiles = async <T>(request: FilesRequest, use: (files: FilesClient) => Promise<T>): Promise<T> => {
  const opened = await (request.pool ? request.pool.files(request) : openFilesOf(request))
  try {
    return await use(opened.files)
  } catch (error) {
    request.signal.throwIfAborted()
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
  } catch (error) {
    await reach.close()
    throw error
  }
  const opened = filesBy(reach, request)
  try {
    // One that is not pinned may encrypt: it says so before it is told a path.
    await opened.files.info()
    return opened
  } catch (error) {
    await opened.close()
    request.signal.throwIfAborted()
    throw opened.why(error)
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
    why: (error) => {
      if (!isOfTheWay(error)) return error
      return refusal ?? (error instanceof AppError ? error : cut(url))
    },
    get over() {
      return reach.over
    },
    close: async () => {
      files.close()
      await reach.close()
    },
  }
}

const cut = (url: string): AppError =>
  new AppError('SERVER_UNREACHABLE', { url, problem: 'the connection was cut off in the middle.' })

/** Of whoever stands between, who knows better; a full disk of our own breaks the stream off too. */
const isOfTheWay = (error: unknown): boolean =>
  error instanceof AppError
    ? error.code === 'SERVER_UNREACHABLE' || error.code === 'FILE_TRANSFER_CUT'
    : (error as NodeJS.ErrnoException).code === 'ECONNRESET'
