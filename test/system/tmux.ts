/** Owns a terminal as a person sees it: a tmux of its own whose screen is read and whose keys are typed. */
import { execFile, execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Env, eventually, SOON_MS, tempFolder } from '@towline/testkit'

const run = promisify(execFile)

/** Those of `names` that this machine lacks; Debian has all of them (scripts/setup-debian.sh). */
export const missing = (...names: readonly string[]): readonly string[] =>
  names.filter((name) => {
    try {
      execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], { stdio: 'ignore' })
      return false
    } catch {
      return true
    }
  })

/** For the name of tests that are skipped, so that it says why. */
export const without = (lacks: readonly string[]): string =>
  lacks.length === 0 ? '' : ` (not tested: ${lacks.join(', ')} missing, see scripts/setup-debian.sh)`

const CONFIG = `
set -s escape-time 0
set -s set-clipboard on
set -g status off
set -g history-limit 310000
set -g default-command "PS1='local> ' exec bash --norc --noprofile"
set -g default-terminal "tmux-256color"
`

export interface Tmux extends AsyncDisposable {
  /** Types text as it is. */
  type(text: string): Promise<void>
  /** Presses keys by their names, such as `Enter` and `C-c`. */
  press(...keys: readonly string[]): Promise<void>
  /** Types a line and Enter. */
  enter(line: string): Promise<void>
  /** Pastes, as a terminal does. */
  paste(text: string): Promise<void>
  /** What is shown; with `history` also what was scrolled away. Lines without white space at their end. */
  screen(options?: { readonly history?: boolean; readonly colours?: boolean }): Promise<string>
  /** The screen once it matches. Throws with what it shows. */
  until(pattern: RegExp, ms?: number): Promise<string>
  resize(cols: number, rows: number): Promise<void>
  /** A format of tmux, such as `#{alternate_on}`. */
  ask(format: string): Promise<string>
  /** Runs any command of tmux, and answers what it prints. */
  command(...words: readonly string[]): Promise<string>
}

/** Opens a shell with the prompt `local> `. */
export const openTmux = async (env: Env, { cols = 80, rows = 24 } = {}): Promise<Tmux> => {
  const folder = tempFolder('tmux')
  const config = join(folder.path, 'conf')
  writeFileSync(config, CONFIG)
  const command = async (...words: readonly string[]): Promise<string> => {
    const { TMUX: _, ...rest } = env
    const argv = ['-u', '-S', join(folder.path, 'socket'), '-f', config, ...words]
    return (await run('tmux', argv, { env: rest, cwd: folder.path, maxBuffer: 64 * 1024 * 1024 })).stdout
  }
  const screen: Tmux['screen'] = ({ history = false, colours = false } = {}) =>
    command('capture-pane', '-p', ...(history ? ['-S', '-'] : []), ...(colours ? ['-e'] : []))
  const type = async (text: string): Promise<void> => void (await command('send-keys', '-l', '--', text))
  const press = async (...keys: readonly string[]): Promise<void> => void (await command('send-keys', '--', ...keys))
  const until = async (pattern: RegExp, ms = SOON_MS): Promise<string> => {
    let shown = ''
    const look = async (): Promise<string | undefined> => {
      shown = await screen()
      return pattern.test(shown) ? shown : undefined
    }
    return await eventually(`${pattern}`, look, ms).catch((error: Error) => {
      throw new Error(`${error.message}; it shows:\n${shown}`)
    })
  }
  await command('new-session', '-d', '-x', String(cols), '-y', String(rows))
  await until(/^local>$/m)
  return {
    command,
    screen,
    type,
    press,
    until,
    enter: async (line) => {
      await type(line)
      await press('Enter')
    },
    paste: async (text) => {
      const file = join(folder.path, 'paste')
      writeFileSync(file, text)
      await command('load-buffer', file)
      await command('paste-buffer')
    },
    resize: async (width, height) => void (await command('resize-window', '-x', String(width), '-y', String(height))),
    ask: async (format) => (await command('display-message', '-p', format)).trim(),
    [Symbol.asyncDispose]: async () => {
      await command('kill-server').catch(() => {})
      folder.remove()
    },
  }
}
