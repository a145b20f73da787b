/** Owns the tool that writes a file of a machine. */
import { withFiles } from '@towline/operations'
import { AppError, LIMITS } from '@towline/protocol'
import { z } from 'zod'
import { isSecretReference } from '../../guard/secrets.ts'
import { defineTool } from '../../tool.ts'
import { machineTarget } from '../machines/machine.ts'
import { secretText } from '../machines/secret-arguments.ts'
import { FILE_INPUT, filesRequest, given, ifMatchInput } from './file-view.ts'

export const fsWrite = defineTool({
  name: 'towline_webtty_fs_write',
  description:
    'Writes a whole file of a machine, at once: readers see the old content or the new. Replaces what is there unless createOnly; ' +
    'give ifMatch to replace only what you have read. For large or local files call towline_webtty_fs_upload.',
  input: z.strictObject({
    ...FILE_INPUT,
    content: z
      .string()
      .max(LIMITS.mcpWriteChars)
      .describe('All it shall hold. "secret://…" is looked up here and never shown.'),
    encoding: z.enum(['utf8', 'base64']).default('utf8').describe('How content is written.'),
    ifMatch: ifMatchInput,
    createOnly: z.boolean().default(false).describe('Refused when something is there already.'),
    mkdirs: z.boolean().default(false).describe('Makes missing folders.'),
    mode: z
      .string()
      .regex(/^[0-7]{3,4}$/)
      .optional()
      .describe('Octal digits, such as 644 or 0600.'),
  }),
  output: z.strictObject({
    path: z.string().describe('The file.'),
    bytes: z.int().describe('That it holds now.'),
    created: z.boolean().describe('Whether nothing was there before.'),
    etag: z.string().describe('Of what it holds now.'),
  }),
  hints: { title: 'Write a file of a machine', destructive: true, idempotent: true, openWorld: true },
  risk: 'write',
  profile: 'operate',
  target: machineTarget,
  texts: ['content'],
  run: async ({ path, content, encoding, ifMatch, createOnly, mkdirs, mode, ...args }, call) => {
    if (createOnly && ifMatch !== undefined)
      throw new AppError('REQUEST_INVALID', { problem: 'give createOnly or ifMatch, not both.' })
    const bytes = isSecretReference(content) ? Buffer.from(await secretText(content, call)) : bytesOf(content, encoding)
    const how = given({
      ...{ ifMatch, mkdirs, signal: call.signal },
      ifNoneMatch: createOnly ? '*' : undefined,
      mode: mode === undefined ? undefined : Number.parseInt(mode, 8),
    })
    const { etag, created } = await withFiles(filesRequest(args, call), (files) => files.write(path, bytes, how))
    return { path, bytes: bytes.length, created, etag }
  },
})

/** Throws REQUEST_INVALID for what is no base64. */
const bytesOf = (content: string, encoding: 'utf8' | 'base64'): Buffer => {
  const bytes = Buffer.from(content, encoding)
  if (encoding === 'utf8' || bytes.toString('base64') === content.replace(/\s/g, '')) return bytes
  throw new AppError('REQUEST_INVALID', { problem: '"content" is no base64.' })
}
