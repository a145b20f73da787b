/** Owns the work of `towline webtty client`. */
import { terminalOn } from '@towline/operations'
import { AppError, type OpenRequest } from '@towline/protocol'
import type { TerminalEnd } from '@towline/webtty'
import { type Io, note } from '../io.ts'
import { EscapeKeys } from '../live/escape-keys.ts'
import { openLocalTerminal } from '../live/local-terminal.ts'
import { TerminalBridge } from '../live/terminal-bridge.ts'
import { ExitStatus } from '../report.ts'
import { endWith, errorStatus } from './command-status.ts'
import { machineRequest } from './machine.ts'
import { type ProcessOptions, processRequest } from './webtty-request.ts'
import { withWholeOutput } from './whole-output.ts'
import { writeBytes } from './write-bytes.ts'

export interface WebttyClientOptions extends ProcessOptions {
  readonly attach?: string
  readonly escape: string
}

/** Ends with the status of the program. */
export const run = (io: Io, words: readonly string[], options: WebttyClientOptions): Promise<void> =>
  withWholeOutput(io, () => runOne(io, words, options))

const runOne = async (io: Io, words: readonly string[], options: WebttyClientOptions): Promise<void> => {
  const keys = new EscapeKeys(escapeOf(options.escape))
  const local = openLocalTerminal(io, (bytes) => writeBytes(io.stdout, bytes))
  const bridge = new TerminalBridge(io, local, keys)
  let end: TerminalEnd
  try {
    end = await terminalOn({
      ...machineRequest(io, options),
      request: {
        ...requestOf(io, words, options),
        tty: { ...local.size(), term: io.env['TERM'] || 'xterm-256color' },
      },
      processId: options.attach,
      sink: bridge,
      onTerminal: (terminal) => bridge.begin(terminal),
    })
  } catch (error) {
    throw new ExitStatus(errorStatus(error), { cause: error })
  } finally {
    bridge.close()
  }
  told(io, end, { url: options.url, processId: bridge.processId })
}

const told = (
  io: Io,
  end: TerminalEnd,
  { url, processId }: { readonly url: string; readonly processId: string | undefined },
): void => {
  // Its last line is still there, mostly a prompt.
  if (end.how !== 'exited' && io.isTty.stdout) io.stdout.write('\n')
  if (end.how === 'lost') throw new ExitStatus(errorStatus(end.error), { cause: end.error })
  if (end.how === 'detached' && processId !== undefined)
    note(io, `left running; come back with: towline webtty client --url ${url} --attach ${processId}`)
  if (end.how === 'exited') endWith(end.exit)
}

const escapeOf = (text: string): string | undefined => {
  if (text === 'none') return undefined
  if (/^[\x21-\x7e]$/.test(text)) return text
  throw new AppError('OPTION_INVALID', { option: '--escape', value: text, problem: 'it is one character, or none' })
}

/** What programs look at beside TERM; a server may refuse none of them. */
const PASSED = ['COLORTERM', 'LANG'] as const

const requestOf = (
  { env: ours }: Io,
  words: readonly string[],
  options: WebttyClientOptions,
): Omit<OpenRequest, 'tty'> => {
  const own = Object.fromEntries(PASSED.flatMap((key) => (ours[key] ? [[key, ours[key]]] : [])))
  const { env, ...rest } = processRequest(options, ours)
  return {
    kind: 'pty',
    ...rest,
    ...(words.length > 0 && { argv: words }),
    env: { ...own, ...env },
  }
}
