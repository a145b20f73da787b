/** Owns what a person is told of a local file that is sent or replaced: where it really is, and that it stays so until it is used. */
import { AppError } from '@towline/protocol'
import type { ToldRisk, ToolCall } from '../../tool.ts'
import type { LocalFile } from './local-path.ts'

/** Where it led when it was decided about; links may be turned around in between. */
const decided = new WeakMap<ToolCall, string>()

/** `verb` as in "it sends". */
export const localRisk = ({ real }: LocalFile, call: ToolCall, verb: 'sends' | 'replaces or makes'): ToldRisk => {
  decided.set(call, real)
  const trusted = verb !== 'sends' && TRUSTED.test(real) ? ', where programs look for settings, keys or code' : ''
  return {
    risk: 'write',
    bind: real,
    because: `it ${verb} ${JSON.stringify(ending(real))} of this workstation${trusted}`,
  }
}

/** Throws LOCAL_FILE when it leads elsewhere than when it was decided about. */
export const sameAsDecided = ({ file, real }: LocalFile, call: ToolCall): string => {
  const before = decided.get(call)
  if (before === undefined || before === real) return file
  throw new AppError('LOCAL_FILE', { file, problem: 'it leads elsewhere than when it was decided about' })
}

/** Hidden files and folders, such as those of shells, of SSH and of agents, and those of the system. */
const TRUSTED = /(?:^|\/)\.[^/]|^\/(?:etc|usr|opt|bin|sbin|lib\w*|boot|root|var\/spool)\/|\/(?:bin|node_modules)\//

const CHARS = 160

/** The end tells most. Whoever asks shows every character of it. */
const ending = (path: string): string => (path.length > CHARS ? `…${path.slice(-CHARS)}` : path)
