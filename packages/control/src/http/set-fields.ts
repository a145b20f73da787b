/** Owns putting header fields into a request over whatever its sender wrote under their names. */
import type { IncomingMessage } from 'node:http'

/** Names in lower case. Some readers take the fields as Node has read them, others the list as it came. */
export const setFields = (request: IncomingMessage, fields: Readonly<Record<string, string>>): void => {
  Object.assign(request.headers, fields)
  const { rawHeaders } = request
  const kept: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2)
    if (!Object.hasOwn(fields, name.toLowerCase())) kept.push(name, value)
  }
  request.rawHeaders = [...kept, ...Object.entries(fields).flat()]
}
