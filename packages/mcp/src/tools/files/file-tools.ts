/** Owns the list of tools for the files of machines. */
import type { Tool } from '../../tool.ts'
import { fsDelete } from './fs-delete.ts'
import { fsDownload } from './fs-download.ts'
import { fsList } from './fs-list.ts'
import { fsMkdir } from './fs-mkdir.ts'
import { fsMove } from './fs-move.ts'
import { fsRead } from './fs-read.ts'
import { fsStat } from './fs-stat.ts'
import { fsUpload } from './fs-upload.ts'
import { fsWrite } from './fs-write.ts'

export const FILE_TOOLS: readonly Tool[] = [
  fsList,
  fsStat,
  fsRead,
  fsWrite,
  fsMkdir,
  fsMove,
  fsDelete,
  fsUpload,
  fsDownload,
]
