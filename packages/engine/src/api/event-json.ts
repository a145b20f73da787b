/** Owns writing events as JSON once for all who watch. */
import type { WatchEvent } from '@towline/protocol'

const written = new WeakMap<WatchEvent, string>()

/** One line of JSON. */
export const eventJson = (event: WatchEvent): string => {
  const known = written.get(event)
  if (known !== undefined) return known
  const json = JSON.stringify(event)
  written.set(event, json)
  return json
}
