/** Owns the tool that sends a local file to a machine. */
import { basename } from 'node:path'
import { withFiles } from '@towline/operations'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { machineTarget } from '../machines/machine.ts'
import { FILE_INPUT, filesRequest, given } from './file-view.ts'
import { localError, localFile, localPath } from './local-path.ts'
import { localRisk, sameAsDecided } from './local-risk.ts'

export const fsUpload = defineTool({
  name: 'towline_webtty_fs_upload',
  description:
    'Sends a file of this workstation to a machine, of any size, on from where it was cut, checked by its digest and put in place at ' +
    'once. Refused when something is there, unless overwrite.',
  input: z.strictObject({
    ...FILE_INPUT,
    localPath: localPath('The file to send.'),
    overwrite: z.boolean().default(false).describe('Replaces what is there.'),
    mkdirs: z.boolean().default(false).describe('Makes missing folders.'),
  }),
  output: z.strictObject({
    path: z.string().describe('Of the file there.'),
    bytes: z.int().describe('That were sent.'),
    sha256: z.string().describe('Of its content, base64.'),
    etag: z.string().describe('Of the file there.'),
  }),
  hints: { title: 'Upload a file to a machine', destructive: true, idempotent: true, openWorld: true },
  risk: async ({ localPath: local }, call) => localRisk(await localFile(local, call.deps), call, 'sends'),
  plain: async ({ localPath: local }, { deps }) => ({ localPath: (await localFile(local, deps)).real }),
  profile: 'operate',
  target: machineTarget,
  run: async ({ path, localPath: local, overwrite, mkdirs, ...args }, call) => {
    const file = sameAsDecided(await localFile(local, call.deps), call)
    const to = path.endsWith('/') ? `${path}${basename(file)}` : path
    const { signal } = call
    const onProgress = (bytes: number, total: number): void => call.progress(bytes, total)
    const how = given({ mkdirs, ifNoneMatch: overwrite ? undefined : '*', onProgress, signal })
    const sent = await withFiles(filesRequest(args, call), (files) => files.upload(file, to, how)).catch(
      (error: unknown) => {
        throw localError(error, file)
      },
    )
    return { path: to, bytes: sent.bytes, sha256: sent.digest, etag: sent.etag }
  },
})
