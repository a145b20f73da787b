/** Owns telling an error over HTTP (RFC 9457), with the versions of the protocol that are spoken here. */
import type { ServerResponse } from 'node:http'
import { type AppError, WEBTTY_PROTOCOL } from '@towline/protocol'

/** JSON. */
export const problemBody = (error: AppError): string =>
  JSON.stringify({ title: error.message, status: error.row.http, ...error.toJSON(), supported: [WEBTTY_PROTOCOL] })

export const problemAnswer = (response: ServerResponse, error: AppError): void => {
  response.writeHead(error.row.http, { 'content-type': 'application/problem+json' })
  response.end(problemBody(error))
}
