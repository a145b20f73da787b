/** Owns telling those behind what is known of a request's sender: in its head, over whatever the sender wrote there. */
import type { IncomingMessage } from 'node:http'

/** Sets fields by their lower-case names. Node keeps a head twice, and who copies a request reads the raw one. */
export const tell = (request: IncomingMessage, fields: Readonly<Record<string, string>>): void => {
  Object.assign(request.headers, fields)
  const { rawHeaders } = request
  const kept = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && !Object.hasOwn(fields, name.toLowerCase()) ? [name, rawHeaders[index + 1] as string] : [],
  )
  request.rawHeaders = [...kept, ...Object.entries(fields).flat()]
}
