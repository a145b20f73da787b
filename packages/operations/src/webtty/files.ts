/** Owns the files of a machine. */
import { toDuplex } from '@towline/base'
import { AppError } from '@towline/protocol'
import { onReset } from '@towline/sdk'
import { createFilesClient, type FilesClient } from '@towline/webtty'
import { openReach, type ReachRequest } from './reach.ts'
import { securityFor, type Trust } from './trust.ts'

export interface FilesRequest extends ReachRequest {
  readonly trust: Omit<Trust, 'env'>
}

/**
 * Runs `use` with the files of a machine. Rejects with FILES_ENCRYPTED, before anything is asked, when the server is pinned, and before
 * it is told a path when it encrypts: files do not go through end-to-end encryption.
 */
export const withFiles = async <T>(request: FilesRequest, use: (files: FilesClient) => Promise<T>): Promise<T> => {
  const reach = await openReach(request)
  let refusal: AppError | undefined
  const files = createFilesClient({
    url: request.url,
    headers: () => reach.headers,
    createConnection: async () => {
      const channel = await reach.stream(request.signal)
      const stream = toDuplex(channel)
      onReset(channel, (error) => {
        refusal = error
        stream.destroy(error)
      })
      return stream
    },
  })
  try {
    if (await securityFor({ ...request.trust, env: request.env }, reach.name))
      throw new AppError('FILES_ENCRYPTED', { name: reach.name })
    // One that is not pinned may encrypt: it says so before it is told a path.
    await files.info()
    return await use(files)
  } catch (error) {
    request.signal.throwIfAborted()
    if (!isOfTheWay(error)) throw error
    throw refusal ?? (error instanceof AppError ? error : cut(request.url))
  } finally {
    files.close()
    await reach.close()
  }
}

const cut = (url: string): AppError =>
  new AppError('SERVER_UNREACHABLE', { url, problem: 'the connection was cut off in the middle.' })

/** Of whoever stands between, who knows better; a full disk of our own breaks the stream off too. */
const isOfTheWay = (error: unknown): boolean =>
  error instanceof AppError
    ? error.code === 'SERVER_UNREACHABLE' || error.code === 'FILE_TRANSFER_CUT'
    : (error as NodeJS.ErrnoException).code === 'ECONNRESET'
