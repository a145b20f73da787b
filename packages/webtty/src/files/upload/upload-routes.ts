/** Owns the routes of resumable uploads: tus 1.0.0 with creation, expiration, checksum and termination. */
import { AppError } from '@towline/protocol'
import { sendEmpty } from '../routes/answer.ts'
import { type Call, queryOf, spotAt } from '../routes/call.ts'
import { checkConditions, conditionsOf } from '../routes/conditions.ts'
import { digestField, digestOf } from '../routes/digest.ts'
import { count, demand, flag, mode, text } from '../routes/fields.ts'
import { demandWritable } from '../routes/put-file.ts'
import type { UploadState } from './uploads.ts'

const VERSION = '1.0.0'
const TUS = { 'tus-resumable': VERSION } as const
const OFFSET_TYPE = 'application/offset+octet-stream'

/** OPTIONS /v1/uploads */
export const describeUploads = (call: Call): void => {
  sendEmpty(call.res, 204, {
    ...TUS,
    'tus-version': VERSION,
    'tus-extension': 'creation,expiration,checksum,termination',
    'tus-checksum-algorithm': 'sha256',
    'tus-max-size': call.service.limits.filesBytes,
  })
}

/** POST /v1/uploads?path= */
export const createUpload = async (call: Call): Promise<void> => {
  demandVersion(call)
  const {
    path,
    mkdirs = false,
    awaitDigest = false,
    ...asked
  } = queryOf(call, { path: text, mode, mkdirs: flag, awaitDigest: flag })
  const length = number(call, 'upload-length')
  const digest = digestOf(call.req.headers)
  const conditions = conditionsOf(call.req.headers)
  using spot = spotAt(call, path ?? metadata(call, 'path'), { make: mkdirs })
  demandWritable(spot)
  checkConditions(conditions, spot.found?.stat)
  const ask = { ...asked, length, conditions, awaitsDigest: awaitDigest, ...(digest === undefined ? {} : { digest }) }
  const state = await call.service.uploads.create(spot, ask)
  sendEmpty(call.res, 201, { ...fieldsOf(state), location: `uploads/${state.record.id}` })
}

/** HEAD /v1/uploads/ID */
export const lookAtUpload = async (call: Call): Promise<void> => {
  demandVersion(call)
  const state = await call.service.uploads.look(call.id)
  sendEmpty(call.res, 200, { ...fieldsOf(state), 'upload-length': state.record.length })
}

/** PATCH /v1/uploads/ID */
export const appendToUpload = async (call: Call): Promise<void> => {
  demandVersion(call)
  const { headers } = call.req
  if (headers['content-type'] !== OFFSET_TYPE) {
    throw new AppError('REQUEST_INVALID', { problem: `the body has to be ${OFFSET_TYPE}.` })
  }
  const offset = number(call, 'upload-offset')
  const [checksum, digest] = [
    checksumOf(headers['upload-checksum']),
    digestOf({ 'repr-digest': headers['repr-digest'] as string }),
  ]
  const bytes = headers['content-length'] === undefined ? {} : { bytes: Number(headers['content-length']) }
  const sums = { ...(checksum === undefined ? {} : { checksum }), ...(digest === undefined ? {} : { digest }) }
  const state = await call.service.uploads.append(call.id, { offset, body: call.req, ...sums, ...bytes })
  const { landed } = state.record
  if (landed !== undefined) call.service.digests.put(landed.etag, landed.digest)
  sendEmpty(call.res, 204, fieldsOf(state))
}

/** DELETE /v1/uploads/ID */
export const removeUpload = async (call: Call): Promise<void> => {
  demandVersion(call)
  await call.service.uploads.remove(call.id)
  sendEmpty(call.res, 204, TUS)
}

const fieldsOf = ({ record, offset }: UploadState): Record<string, string | number> => ({
  ...TUS,
  'upload-offset': offset,
  'upload-expires': new Date(record.expiresAtMs).toUTCString(),
  ...(record.landed && { etag: record.landed.etag, 'repr-digest': digestField(record.landed.digest) }),
})

/** Clients that say nothing speak what there is. */
const demandVersion = ({ req }: Call): void => {
  const version = req.headers['tus-resumable']
  if (version !== undefined && version !== VERSION) throw new AppError('UPLOAD_VERSION')
}

const number = ({ req }: Call, name: string): number => {
  const value = count(req.headers[name])
  if (value === undefined) throw new AppError('REQUEST_INVALID', { problem: `${name} has to be a number.` })
  return value
}

/** Such as `sha256 BASE64`. */
const checksumOf = (field: string | string[] | undefined): string | undefined => {
  if (field === undefined) return undefined
  const [, checksum] = /^sha256 ([A-Za-z0-9+/]{43}=)$/.exec(String(field)) ?? []
  if (checksum === undefined) throw new AppError('REQUEST_INVALID', { problem: 'upload-checksum is "sha256 BASE64".' })
  return checksum
}

/** A value of Upload-Metadata: pairs of a key and base64, apart by commas. */
const metadata = ({ req }: Call, key: string): string => {
  const pairs = String(req.headers['upload-metadata'] ?? '')
    .split(',')
    .map((pair) => pair.trim().split(' '))
  const value = pairs.find(([name]) => name === key)?.[1]
  return Buffer.from(demand(value, key), 'base64').toString()
}
