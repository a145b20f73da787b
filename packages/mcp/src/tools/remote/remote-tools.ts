/** Owns the list of tools about services that machines expose. */
import type { Tool } from '../../tool.ts'
import { remoteExposeList } from './remote-expose-list.ts'
import { remoteExposeStop } from './remote-expose-stop.ts'
import { remoteExposeVerify } from './remote-expose-verify.ts'
import { remoteExpose } from './remote-expose.ts'

export const REMOTE_TOOLS: readonly Tool[] = [remoteExpose, remoteExposeList, remoteExposeStop, remoteExposeVerify]
