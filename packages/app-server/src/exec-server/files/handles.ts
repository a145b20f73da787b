/** Owns the files that a session has open to read them in blocks. */
import type { FileHandle } from 'node:fs/promises'
import { AppError, type Block, LIMITS, type ReadBlockParams } from '@towline/protocol'
import { RpcError } from '../../rpc/rpc-error.ts'
import { openForReading, type Target } from './read.ts'

export class Handles {
  readonly #open = new Map<string, Promise<FileHandle>>()

  async open(handleId: string, target: Target): Promise<{ readonly handleId: string }> {
    if (this.#open.has(handleId)) throw new RpcError('invalidRequest', `the handle ${handleId} is open already`)
    if (this.#open.size >= LIMITS.execServerHandles)
      throw new AppError('LIMIT_REACHED', { limit: 'execServerHandles', value: LIMITS.execServerHandles })
    const opening = openForReading(target)
    this.#open.set(handleId, opening)
    await opening.catch((error: unknown) => {
      this.#open.delete(handleId)
      throw error
    })
    return { handleId }
  }

  async read({ handleId, offset, len }: ReadBlockParams): Promise<Block> {
    const handle = await this.#open.get(handleId)
    if (!handle) throw new RpcError('notFound', `there is no open file ${handleId}`)
    const length = Math.min(len, LIMITS.execServerBlockBytes)
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, offset)
    const { size } = await handle.stat()
    return {
      chunk: buffer.subarray(0, bytesRead).toString('base64'),
      eof: bytesRead === 0 || offset + bytesRead >= size,
    }
  }

  async close(handleId: string): Promise<object> {
    const opening = this.#open.get(handleId)
    this.#open.delete(handleId)
    await (await opening)?.close()
    return {}
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((id) => this.close(id).catch(() => undefined)))
  }
}
