/** Owns the tool that fetches a file of a machine to this workstation. */
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { withFiles } from '@towline/operations'
import { AppError } from '@towline/protocol'
import { z } from 'zod'
import { defineTool, type ToolCall } from '../../tool.ts'
import { machineTarget } from '../machines/machine.ts'
import { FILE_INPUT, filesRequest } from './file-view.ts'
import { localError, type LocalFile, localFile, localPath } from './local-path.ts'
import { localRisk, sameAsDecided } from './local-risk.ts'

export const fsDownload = defineTool({
  name: 'towline_webtty_fs_download',
  description:
    'Fetches a file of a machine to this workstation, of any size, on from where it was cut, checked by its digest and put in place ' +
    'at once. Refused when something is there, unless overwrite.',
  input: z.strictObject({
    ...FILE_INPUT,
    localPath: localPath('Where to put it; a folder takes it under its own name.'),
    overwrite: z.boolean().default(false).describe('Replaces what is there.'),
  }),
  output: z.strictObject({
    localPath: z.string().describe('Absolute path of the file here.'),
    bytes: z.int().describe('That were received.'),
    sha256: z.string().describe('Of its content, base64.'),
    etag: z.string().describe('Of the file there.'),
  }),
  hints: { title: 'Download a file of a machine', destructive: true, idempotent: true, openWorld: true },
  risk: async (args, call) => localRisk(await placeOf(args, call), call, 'replaces or makes'),
  plain: async (args, call) => ({ localPath: (await placeOf(args, call)).real }),
  profile: 'operate',
  target: machineTarget,
  run: async ({ path, localPath: local, overwrite, ...args }, call) => {
    const { signal } = call
    const file = sameAsDecided(await placeOf({ path, localPath: local }, call), call)
    if (!overwrite && (await found(file)))
      throw new AppError('LOCAL_FILE', { file, problem: 'it is there already; set overwrite to replace it' })
    const onProgress = (bytes: number, total: number): void => call.progress(bytes, total)
    const how = { onProgress, signal }
    const got = await withFiles(filesRequest(args, call), (files) => files.download(path, file, how)).catch(
      (error: unknown) => {
        throw localError(error, file)
      },
    )
    return { localPath: file, bytes: got.bytes, sha256: got.digest, etag: got.etag }
  },
})

interface Place {
  readonly path: string
  readonly localPath: string
}

/** A folder takes it under its own name. */
const placeOf = async ({ path, localPath: local }: Place, { deps }: ToolCall): Promise<LocalFile> => {
  const asked = await localFile(local, deps)
  return (await found(asked.file))?.isDirectory() ? await localFile(join(asked.file, basename(path)), deps) : asked
}

const found = (file: string) => stat(file).catch(() => undefined)
