/** Owns opening a page in the person's browser, where there is one. */
import { spawn } from 'node:child_process'
import { findProgram } from '@towline/base'
import type { Env } from '@towline/operations'

/** Whether a browser was started; it may still fail, so the page is told in words too. Never throws. */
export const openBrowser = (env: Env, url: string): boolean => {
  const program = browserOf(env)
  if (program === undefined) return false
  try {
    const child = spawn(program, [url], { stdio: 'ignore', detached: true, env: env as NodeJS.ProcessEnv })
    child.on('error', () => undefined).unref()
    return true
  } catch {
    return false
  }
}

/** `BROWSER`, or what opens pages on this system; over ssh and without a screen there is none. */
const browserOf = (env: Env): string | undefined => {
  if (env['BROWSER']) return env['BROWSER']
  if (env['SSH_CONNECTION']) return undefined
  if (process.platform === 'darwin') return 'open'
  if (env['WSL_DISTRO_NAME']) return findProgram(env, 'wslview')
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? findProgram(env, 'xdg-open') : undefined
}
