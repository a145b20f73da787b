/** Owns the tool that moves a file or folder of a machine. */
import { withFiles } from '@towline/operations'
import { z } from 'zod'
import { defineTool } from '../../tool.ts'
import { MACHINE, machineTarget } from '../machines/machine.ts'
import { FILE_FIELDS, filePath, filesRequest, given, ifMatchInput, toldFile } from './file-view.ts'

export const fsMove = defineTool({
  name: 'towline_webtty_fs_move',
  description:
    'Moves or renames a file or folder within the served folder of a machine. Refused when something is there, unless overwrite.',
  input: z.strictObject({
    ...MACHINE,
    from: filePath('What to move.'),
    to: filePath('Its new path.'),
    overwrite: z.boolean().default(false).describe('Replaces what is there.'),
    mkdirs: z.boolean().default(false).describe('Makes missing folders.'),
    ifMatch: ifMatchInput,
  }),
  output: z.strictObject(FILE_FIELDS),
  hints: { title: 'Move a file of a machine', destructive: true, openWorld: true },
  risk: ({ overwrite }) => (overwrite ? 'delete' : 'write'),
  profile: 'operate',
  target: machineTarget,
  run: async ({ from, to, overwrite, mkdirs, ifMatch, ...args }, call) => {
    const how = given({ overwrite, mkdirs, ifMatch })
    return toldFile(await withFiles(filesRequest(args, call), (files) => files.mv(from, to, how)))
  },
})
