/** Owns turning what sockets and TLS report into the errors people see. */
import { AppError, printable } from '@towline/protocol'

type Told = 'SERVER_UNREACHABLE' | 'SERVER_UNTRUSTED' | 'NOT_TOWLINE'

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was broken off',
  EPIPE: 'the connection was broken off',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up right now',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  ENETDOWN: 'the network is down',
  ETIMEDOUT: 'it did not answer in time',
}

/** OpenSSL's verdicts on a certificate as Node names them. */
const UNTRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not among the trusted ones',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not among the trusted ones',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is not among the trusted ones',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not among the trusted ones',
  CERT_SIGNATURE_FAILURE: 'its signature is wrong',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet; check the clock of this machine',
  CERT_REVOKED: 'it was revoked',
  CERT_UNTRUSTED: 'its authority is not trusted for servers',
  CERT_REJECTED: 'its authority is not trusted for servers',
  CERT_CHAIN_TOO_LONG: 'its chain is too long',
  INVALID_CA: 'it is signed by a certificate that is no authority',
  INVALID_PURPOSE: 'it is not meant for servers',
  PATH_LENGTH_EXCEEDED: 'its chain is too long',
  HOSTNAME_MISMATCH: 'it is for another host name',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host name',
}

const NO_TLS: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
  ERR_SSL_UNEXPECTED_MESSAGE: 'it does not speak TLS',
  ERR_SSL_BAD_RECORD_TYPE: 'it does not speak TLS',
}

const ROWS: readonly (readonly [Told, Readonly<Record<string, string>>])[] = [
  ['SERVER_UNREACHABLE', UNREACHABLE],
  ['SERVER_UNTRUSTED', UNTRUSTED],
  ['NOT_TOWLINE', NO_TLS],
]

/** The AppError for a failed connection; one that is an AppError already stays as it is. */
export const connectError = (url: string, error: unknown): AppError => {
  if (error instanceof AppError) return error
  const { code, message } = codeOf(error)
  for (const [told, problems] of ROWS) {
    if (Object.hasOwn(problems, code))
      return new AppError(told, { url, problem: problems[code] as string }, { cause: error })
  }
  const problem = printable(code || message || 'the connection failed')
  return new AppError('SERVER_UNREACHABLE', { url, problem }, { cause: error })
}

/** A deadline that passed is a DOMException, whose code is a number. */
const codeOf = (error: unknown): { readonly code: string; readonly message: string } => {
  const { code, name, message } = (error ?? {}) as Readonly<Record<'code' | 'name' | 'message', unknown>>
  if (name === 'TimeoutError') return { code: 'ETIMEDOUT', message: '' }
  return { code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : '' }
}

/** Errors of a TLS handshake that a middlebox may cause and a WebSocket may pass: not verdicts, and not another protocol. */
export const mayBeBlocked = (error: AppError): boolean => error.code === 'SERVER_UNREACHABLE'
