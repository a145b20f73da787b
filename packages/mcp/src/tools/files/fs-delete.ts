/** Owns the tool that deletes a file or folder of a machine. */
import { withFiles } from '@towline/operations'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { machineTarget } from '../machines/machine.ts'
import { FILE_INPUT, filesRequest, given, ifMatchInput } from './file-view.ts'

export const fsDelete = defineTool({
  name: 'towline_webtty_fs_delete',
  description:
    'Deletes a file, or an empty folder, of a machine; with recursive a folder with all it holds. It cannot be brought back.',
  input: z.strictObject({
    ...FILE_INPUT,
    recursive: z.boolean().default(false).describe('A folder with all it holds.'),
    ifMatch: ifMatchInput,
  }),
  output: z.strictObject({
    path: z.string().describe('What was deleted.'),
    deleted: z.literal(true).describe('It is gone.'),
  }),
  hints: { title: 'Delete a file of a machine', destructive: true, openWorld: true },
  risk: 'delete',
  profile: 'operate',
  target: machineTarget,
  run: async ({ path, recursive, ifMatch, ...args }, call) => {
    await withFiles(filesRequest(args, call), (files) => files.rm(path, given({ recursive, ifMatch })))
    return { path, deleted: true as const }
  },
})
