/** Owns POST /v1/move: gives a file, a link or a folder another path, at once. */
import { linkSync, mkdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs'
import { AppError } from '@towline/protocol'
import { errnoOf } from '../root/errno.ts'
import { at } from '../root/open-root.ts'
import { demandBelowRoot, demandFound, type Spot, type Step } from '../root/spot.ts'
import { look, syncFolder } from '../root/temp.ts'
import { sendJson } from './answer.ts'
import { bodyOf, type Call, spotAt } from './call.ts'
import { checkConditions } from './conditions.ts'
import { flag, text } from './fields.ts'
import { infoOfSpot } from './get-stat.ts'

const SPEC = { from: text, to: text, ifMatch: text, overwrite: flag, mkdirs: flag }

export const postMove = async (call: Call): Promise<void> => {
  const { from: source, to: target, ifMatch, overwrite = false, mkdirs = false } = await bodyOf(call, SPEC)
  using from = spotAt(call, source, { last: 'stay', name: 'from' })
  demandBelowRoot(from)
  const found = demandFound(from)
  if (ifMatch !== undefined) checkConditions({ ifMatch }, found.stat)
  using to = spotAt(call, target, { last: 'stay', make: mkdirs, name: 'to' })
  if (to.name === '') throw new AppError(overwrite ? 'FILE_IS_ROOT' : 'FILE_EXISTS')
  move(from, to, { found, overwrite, ifMatch })
  for (const folder of new Set([from.parent, to.parent])) await syncFolder(folder)
  using now = call.service.walk(to.parts, { last: 'stay' })
  sendJson(call.res, infoOfSpot(now, call.service.walk))
}

interface MoveOptions {
  readonly found: Step
  readonly overwrite: boolean
  readonly ifMatch: string | undefined
}

/** All in one turn, so that no other request of this service comes between the check and the move. */
const move = (from: Spot, to: Spot, { found, overwrite, ifMatch }: MoveOptions): void => {
  const [now, there] = [look(from.parent, from.name), look(to.parent, to.name)]
  if (now === undefined) throw new AppError('FILE_NOT_FOUND')
  if (ifMatch !== undefined) checkConditions({ ifMatch }, now)
  if (there !== undefined && !overwrite) throw new AppError('FILE_EXISTS')
  const isSame = there?.ino === now.ino && there.dev === now.dev
  if (found.stat.isDirectory()) moveFolder(from, to, { claim: there === undefined })
  else if (isSame) dropOther(from, to)
  else if (overwrite) rename(from, to)
  else moveFile(from, to)
}

const rename = (from: Spot, to: Spot): void => {
  try {
    renameSync(at(from.parent, from.name), at(to.parent, to.name))
  } catch (error) {
    if (errnoOf(error) === 'EINVAL') throw new AppError('FILE_INTO_ITSELF', {}, { cause: error })
    throw error
  }
}

/** link() refuses a name that is taken, which rename() would not; where links are not to be had, the check before has to do. */
const moveFile = (from: Spot, to: Spot): void => {
  try {
    linkSync(at(from.parent, from.name), at(to.parent, to.name))
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EMLINK'].includes(errnoOf(error) ?? '')) throw error
    rename(from, to)
    return
  }
  unlinkSync(at(from.parent, from.name))
}

/** An empty folder of ours claims the name, which the move then replaces. */
const moveFolder = (from: Spot, to: Spot, { claim }: { claim: boolean }): void => {
  if (claim) mkdirSync(at(to.parent, to.name))
  try {
    rename(from, to)
  } catch (error) {
    if (claim) rmdirSync(at(to.parent, to.name))
    throw error
  }
}

/** Two names of one file: rename() would keep both. The same name twice is left alone. */
const dropOther = (from: Spot, to: Spot): void => {
  if (from.parts.join('/') !== to.parts.join('/')) unlinkSync(at(from.parent, from.name))
}
