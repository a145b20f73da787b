/** Owns saying in short what a command does, for showing it: what it reads, lists or searches. */
import { basename, resolve } from 'node:path'
import type { CommandAction } from '@towline/protocol'
import { commandWords, quoted } from './command-words.ts'

type Read = (args: readonly string[], command: string, cwd: string) => CommandAction | undefined

const plainArgs = (args: readonly string[]): readonly string[] => args.filter((arg) => !arg.startsWith('-'))

const reads: Read = (args, command, cwd) => {
  const path = plainArgs(args).at(-1)
  return path === undefined || /^\d+$/.test(path) ? undefined : read(path, command, cwd)
}

const read = (path: string, command: string, cwd: string): CommandAction => ({
  type: 'read',
  ...{ command, name: basename(path), path: resolve(cwd, path) },
})

const sed: Read = ([flag, script, path], command, cwd) =>
  flag === '-n' && script !== undefined && path !== undefined ? read(path, command, cwd) : undefined

const lists: Read = (args, command) => ({ type: 'listFiles', command, path: plainArgs(args)[0] ?? null })

const searches: Read = (args, command) => {
  if (args.includes('--files')) return { type: 'listFiles', command, path: plainArgs(args)[0] ?? null }
  const [query, path] = plainArgs(args)
  return query === undefined ? undefined : { type: 'search', command, query, path: path ?? null }
}

const READERS: Readonly<Record<string, Read>> = {
  ...{ cat: reads, head: reads, tail: reads, nl: reads, bat: reads, less: reads, sed },
  ...{ ls: lists, tree: lists, find: lists, fd: lists, eza: lists },
  ...{ rg: searches, grep: searches, egrep: searches, ag: searches, ack: searches },
}

/** What only shapes the output of another command. */
const SHAPING: ReadonlySet<string> = new Set(['head', 'tail', 'wc', 'sort', 'uniq', 'cut', 'tr', 'nl', 'cd', 'true'])

/** At least one; one that is `unknown` where any part is not understood. */
export const commandActions = (script: string, cwd: string): readonly CommandAction[] => {
  const unknown: readonly CommandAction[] = [{ type: 'unknown', command: script }]
  const { commands, plain } = commandWords(script)
  if (!plain) return unknown
  const told: CommandAction[] = []
  for (const words of commands) {
    const [name = '', ...args] = words
    const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined
    const action = reader?.(args, quoted(words), cwd)
    if (action !== undefined) told.push(action)
    else if (!SHAPING.has(name)) return unknown
  }
  return told.length > 0 ? told : unknown
}
