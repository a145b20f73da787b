/** Owns the tool that makes a folder on a machine. */
import { withFiles } from '@towline/operations'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { machineTarget } from '../machines/machine.ts'
import { FILE_FIELDS, FILE_INPUT, filesRequest, toldFile } from './file-view.ts'

export const fsMkdir = defineTool({
  name: 'towline_webtty_fs_mkdir',
  description: 'Makes a folder on a machine. With parents also those above, and it is fine when it is there already.',
  input: z.strictObject({
    ...FILE_INPUT,
    parents: z.boolean().default(false).describe('Makes missing folders above it.'),
  }),
  output: z.strictObject(FILE_FIELDS),
  hints: { title: 'Make a folder on a machine', openWorld: true },
  risk: 'write',
  profile: 'operate',
  target: machineTarget,
  run: async ({ path, parents, ...args }, call) =>
    toldFile(await withFiles(filesRequest(args, call), (files) => files.mkdir(path, { parents }))),
})
