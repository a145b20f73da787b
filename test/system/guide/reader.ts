/** Owns a reader of the guides: somebody who types each command, and looks at what it does before going on. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Closer } from '@towline/base'
import { cleanEnv, eventually, type Program, start, tempFolder, towline } from '@towline/testkit'

/** What a command that goes on says once it does its work, by how it begins; all others end by themselves. */
const SAYS: readonly (readonly [begins: RegExp, says: RegExp])[] = [
  [/^towline up\b/, /^ready |"status":"ready"/m],
  [/^towline forward\b.* -o json/, /"status":"online".*"url":"(?<url>[^"]+)"/],
  [/^towline forward\b/, /^online +(?<url>\S+)/m],
  [/^towline mcp publish\b/, /^online +(?<url>\S+)/m],
  [/^towline webtty server\b/, /^online +(?<url>\S+)/m],
  [/^towline exec-server\b.* --listen\b/, /^(?<url>ws:\S+)$/m],
  [/^towline app-server\b.* --tunnel\b/, /^online +(?<url>\S+)/m],
  [/^towline app-server\b.* --listen\b/, /^(?<url>ws:\S+)$/m],
  // A prompt, whatever it is.
  [/^towline webtty client\b/, /\S/],
  [/^towline dial\b.* --listen\b/, /^listening (?<url>\S+) -> tow:/m],
  [/^towline events\b(?!.*\|)/, /state\.initial/],
]

/** What a command did. */
export interface Done {
  readonly output: string
  /** Where it can be reached, of one that goes on. */
  readonly url: string
  /** Of one that goes on. */
  readonly program: Program | undefined
}

export interface Reader extends AsyncDisposable {
  /** Working folder and TOWLINE_HOME. */
  readonly folder: string
  /** Types a command. Throws unless it says what it should, or ends with 0. */
  type(line: string, exports?: Readonly<Record<string, string>>): Promise<Done>
  close(): Promise<void>
}

export const openReader = (): Reader => {
  const folder = tempFolder('guide')
  const closer = new Closer()
  closer.add(() => folder.remove())
  const bin = join(folder.path, 'bin')
  mkdirSync(bin)
  const words = towline().map((word) => `'${word}'`)
  writeFileSync(join(bin, 'towline'), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`)
  chmodSync(join(bin, 'towline'), 0o755)
  const env = cleanEnv(folder.path, { PATH: `${bin}:${process.env['PATH']}` })
  const type: Reader['type'] = async (line, exports) => {
    // bash gives its process to a single command, so that a signal reaches it.
    const program = start(['bash', '-c', line], { env: { ...env, ...exports }, cwd: folder.path })
    closer.add(() => program.stop())
    const says = SAYS.find(([begins]) => begins.test(line))?.[1]
    const output = (): string => program.stdout() + program.stderr()
    if (says) {
      const said = await eventually(`${says} of ${line}`, () => {
        if (program.child.exitCode !== null) throw new Error(`${line}: ended\n${output()}`)
        return output().match(says) ?? undefined
      })
      return { output: output(), url: said.groups?.['url'] ?? '', program }
    }
    program.child.stdin?.end()
    const { status } = await program.ended()
    if (status !== 0) throw new Error(`${line}: ended with ${status}\n${output()}`)
    return { output: output(), url: '', program: undefined }
  }
  const close = (): Promise<void> => closer.close()
  return { folder: folder.path, type, close, [Symbol.asyncDispose]: close }
}
