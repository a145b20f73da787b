/** Owns the words that say which app-server is to be served: one that runs, or a program that is started. */
import { accessSync, constants } from 'node:fs'
import { isAbsolute } from 'node:path'
import { findProgram } from '@towline/base'
import type { Env } from '@towline/operations'
import { AppError, shown } from '@towline/protocol'

/** Where an app-server runs. */
export type UpstreamAddress =
  | { readonly kind: 'web'; readonly url: string }
  | { readonly kind: 'unix'; readonly path: string }

export type Upstream = UpstreamAddress | { readonly kind: 'program'; readonly path: string }

/**
 * Reads `ws://IP:PORT`, `wss://host:port`, `unix:///PATH`, a name in PATH or a path of a program. Throws OPTION_INVALID,
 * COMMAND_UNKNOWN.
 */
export const parseUpstream = (text: string, env: Env): Upstream => {
  if (text.startsWith('unix:')) return { kind: 'unix', path: pathIn(text) }
  if (/^wss?:\/\//i.test(text)) return { kind: 'web', url: checkedUrl(text) }
  if (text.includes('://')) throw invalid(text, 'write ws://IP:PORT, unix:///path, or the name of a program')
  const path = isAbsolute(text) ? program(text) : findProgram(env, text)
  if (path === undefined || text === '') throw new AppError('COMMAND_UNKNOWN', { command: shown(text) })
  return { kind: 'program', path }
}

const program = (path: string): string | undefined => {
  try {
    accessSync(path, constants.X_OK)
    return path
  } catch {
    return undefined
  }
}

const pathIn = (text: string): string => {
  const path = text.replace(/^unix:(\/\/)?/, '')
  if (path.startsWith('/')) return path
  throw invalid(text, 'write unix:///path')
}

const checkedUrl = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || url.username !== '' || url.password !== '' || url.hash !== '')
    throw invalid(text.replace(/\/\/.*@/, '//***@'), 'it is no ws://IP:PORT')
  return url.href
}

const invalid = (value: string, problem: string): AppError =>
  new AppError('OPTION_INVALID', { option: '--upstream', value: shown(value), problem })
