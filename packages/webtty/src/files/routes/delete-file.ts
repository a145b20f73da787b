/** Owns DELETE /v1/file: removes a file, a link itself, or a folder, with all it holds when asked. */
import { closeSync, constants, openSync, rmdirSync } from 'node:fs'
import { rmdir, unlink } from 'node:fs/promises'
import { AppError, type Limits } from '@towline/protocol'
import { errnoOf, unless } from '../root/errno.ts'
import { at } from '../root/open-root.ts'
import { rawNames } from '../root/names.ts'
import { demandBelowRoot, demandFound } from '../root/spot.ts'
import { look, syncFolder } from '../root/temp.ts'
import { sendEmpty } from './answer.ts'
import { type Call, queryOf, spotAt } from './call.ts'
import { checkConditions, conditionsOf } from './conditions.ts'
import { flag, text } from './fields.ts'

export const deleteFile = async (call: Call): Promise<void> => {
  const { path, recursive = false } = queryOf(call, { path: text, recursive: flag })
  using spot = spotAt(call, path, { last: 'stay' })
  demandBelowRoot(spot)
  const { stat } = demandFound(spot)
  const now = look(spot.parent, spot.name)
  checkConditions(conditionsOf(call.req.headers), now)
  const removal = { limits: call.service.limits, signal: call.signal, depth: 0 }
  if (!stat.isDirectory()) await unlink(at(spot.parent, spot.name))
  else if (recursive) await removeFolder(spot.parent, Buffer.from(spot.name), removal)
  else rmdirSync(at(spot.parent, spot.name))
  await syncFolder(spot.parent)
  sendEmpty(call.res, 204)
}

interface Removal {
  readonly limits: Limits
  readonly signal: AbortSignal
  readonly depth: number
}

/** How often a folder is emptied anew while others fill it. */
const TRIES = 3

/** A name as bytes: what is no UTF-8 has to go too. */
const bytesAt = (fd: number, name: Buffer): Buffer => Buffer.concat([Buffer.from(at(fd, '')), name])

/** Empties the folder by what is held open, so that a link that takes its place is removed and never followed. */
const removeFolder = async (parent: number, name: Buffer, removal: Removal): Promise<void> => {
  const { limits, depth } = removal
  if (depth > limits.filesPathParts)
    throw new AppError('LIMIT_REACHED', { limit: 'filesPathParts', value: limits.filesPathParts })
  for (let tries = 1; ; tries++) {
    if (!(await emptyFolder(parent, name, removal))) return
    try {
      await rmdir(bytesAt(parent, name))
      return
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return
      if (errnoOf(error) !== 'ENOTEMPTY' || tries === TRIES) throw error
    }
  }
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** False when it is gone, or no folder any more and removed as what it is. */
const emptyFolder = async (parent: number, name: Buffer, removal: Removal): Promise<boolean> => {
  const fd = unless(['ENOENT', 'ENOTDIR', 'ELOOP'], () => openSync(bytesAt(parent, name), FOLDER))
  if (fd === undefined) {
    await removeName(parent, name, removal)
    return false
  }
  try {
    for await (const entry of rawNames(fd)) {
      removal.signal.throwIfAborted()
      await removeName(fd, entry, removal)
    }
  } finally {
    closeSync(fd)
  }
  return true
}

const removeName = async (fd: number, name: Buffer, removal: Removal): Promise<void> => {
  try {
    await unlink(bytesAt(fd, name))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return
    if (errnoOf(error) !== 'EISDIR') throw error
    await removeFolder(fd, name, { ...removal, depth: removal.depth + 1 })
  }
}
