/** Owns reading the token of a request (RFC 6750 §2.1). */
import type { IncomingMessage } from 'node:http'

/** 1 to 512 visible characters; undefined without one. */
export const bearerOf = ({ headers }: IncomingMessage): string | undefined =>
  /^Bearer ([\x21-\x7e]{1,512})$/i.exec(headers.authorization ?? '')?.[1]
