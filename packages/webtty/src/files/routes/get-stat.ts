/** Owns GET /v1/stat: what is at a path. */
import { type FileInfo, infoOf } from '../root/entry.ts'
import { demandFound, pathOf, type Spot } from '../root/spot.ts'
import { type Walk } from '../root/walk.ts'
import { sendJson } from './answer.ts'
import { type Call, queryOf, spotAt } from './call.ts'
import { flag, text } from './fields.ts'

export const getStat = (call: Call): void => {
  const { path = '/', link = false } = queryOf(call, { path: text, link: flag })
  using spot = spotAt(call, path, { last: link ? 'stay' : 'follow' })
  const info = infoOfSpot(spot, call.service.walk)
  sendJson(call.res, info, { headers: { etag: info.etag } })
}

/** What is told of what a spot holds. */
export const infoOfSpot = (spot: Spot, walk: Walk): FileInfo => {
  const { stat } = demandFound(spot)
  return infoOf(spot.parts, stat, stat.isSymbolicLink() ? targetOf(spot.parts, walk) : undefined)
}

/** Where a link leads, unless that is outside, missing or not permitted: those look the same. */
export const targetOf = (parts: readonly string[], walk: Walk): string | undefined => {
  try {
    using led = walk(parts)
    return led.found === undefined ? undefined : pathOf(led)
  } catch {
    return undefined
  }
}
