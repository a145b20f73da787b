/** Owns the list of tools that find machines and run commands there. */
import type { Tool } from '../../tool.ts'
import { webttyExecList } from './webtty-exec-list.ts'
import { webttyExecRead } from './webtty-exec-read.ts'
import { webttyExecSignal } from './webtty-exec-signal.ts'
import { webttyExecWrite } from './webtty-exec-write.ts'
import { webttyExec } from './webtty-exec.ts'
import { webttyList } from './webtty-list.ts'

export const MACHINE_TOOLS: readonly Tool[] = [
  webttyList,
  webttyExec,
  webttyExecRead,
  webttyExecWrite,
  webttyExecSignal,
  webttyExecList,
]
