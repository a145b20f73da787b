/** Owns GET /v1/info: what is served and how far it goes; never where the folder lies on the machine. */
import { sendJson } from './answer.ts'
import { type Call, queryOf } from './call.ts'

/** What both sides agree to speak. */
const FS_PROTOCOL = 'towline.fs.v1'

export const FEATURES = ['range', 'digest', 'conditions', 'uploads', 'watch', 'archive', 'search', 'copy'] as const

/** Bounds that whoever asks can reach. */
const TOLD = {
  fileBytes: 'filesBytes',
  putBytes: 'filesPutBytes',
  pageItems: 'filesPageItems',
  depth: 'filesDepth',
  ranges: 'filesRanges',
  watches: 'filesWatches',
  uploads: 'filesUploads',
  uploadSeconds: 'filesUploadSeconds',
} as const

export const NOTICE =
  'This is no sandbox: hard links and mounts in the folder are served, and commands see the whole machine.'

export const getInfo = (call: Call): void => {
  queryOf(call, {})
  const { limits, readOnly } = call.service
  sendJson(call.res, {
    protocol: FS_PROTOCOL,
    root: '/',
    readOnly,
    caseSensitive: true,
    features: FEATURES,
    limits: Object.fromEntries(Object.entries(TOLD).map(([name, limit]) => [name, limits[limit]])),
    notice: NOTICE,
  })
}
