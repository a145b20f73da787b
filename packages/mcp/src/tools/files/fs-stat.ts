/** Owns the tool that tells about one file of a machine. */
import { withFiles } from '@towline/operations'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { machineTarget } from '../machines/machine.ts'
import { FILE_FIELDS, FILE_INPUT, filesRequest, toldFile } from './file-view.ts'

export const fsStat = defineTool({
  name: 'towline_webtty_fs_stat',
  description: 'Tells type, size, mode, time and etag of a file or folder of a machine.',
  input: z.strictObject({
    ...FILE_INPUT,
    link: z.boolean().default(false).describe('Of a link itself, not of where it leads.'),
  }),
  output: z.strictObject(FILE_FIELDS),
  hints: { title: 'Look at a file of a machine', readOnly: true, idempotent: true, openWorld: true },
  risk: 'read',
  profile: 'read-only',
  target: machineTarget,
  run: async ({ path, link, ...args }, call) =>
    toldFile(await withFiles(filesRequest(args, call), (files) => files.stat(path, { link }))),
})
