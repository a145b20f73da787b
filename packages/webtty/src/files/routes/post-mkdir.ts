/** Owns POST /v1/mkdir: makes a folder. */
import { mkdirSync } from 'node:fs'
import { AppError } from '@towline/protocol'
import { at } from '../root/open-root.ts'
import { pathOf, type Spot } from '../root/spot.ts'
import { syncFolder } from '../root/temp.ts'
import { sendJson } from './answer.ts'
import { bodyOf, type Call, spotAt } from './call.ts'
import { flag, mode, text } from './fields.ts'
import { infoOfSpot } from './get-stat.ts'

const DEFAULT_MODE = 0o777

export const postMkdir = async (call: Call): Promise<void> => {
  const { path, parents = false, ...asked } = await bodyOf(call, { path: text, parents: flag, mode })
  using spot = spotAt(call, path, { last: 'stay', make: parents })
  const made = make(spot, { parents, mode: asked.mode ?? DEFAULT_MODE })
  if (made) await syncFolder(spot.parent)
  using now = call.service.walk(spot.parts, { last: 'stay' })
  sendJson(call.res, infoOfSpot(now, call.service.walk), {
    status: made ? 201 : 200,
    headers: { location: `stat?path=${encodeURIComponent(pathOf(now))}` },
  })
}

/** False when the folder is there and that was said to be fine. */
const make = (spot: Spot, options: { readonly parents: boolean; readonly mode: number }): boolean => {
  if (spot.found === undefined) {
    mkdirSync(at(spot.parent, spot.name), options.mode)
    return true
  }
  if (options.parents && spot.found.stat.isDirectory()) return false
  throw new AppError('FILE_EXISTS')
}
