/** Owns which machines somebody's configuration of OpenSSH names: those that stand there by their whole name. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { LIMITS } from '@towline/protocol'
import { configLines } from './config-lines.ts'
import { matchingFiles } from './matching-files.ts'

export interface SshHost {
  readonly host: string
  /** As the lines below its name say; other lines may say more, as OpenSSH reads them. */
  readonly hostName?: string
  readonly user?: string
}

/** OpenSSH looks where the account database says, not at HOME. */
const ownFolder = (): string => join(userInfo().homedir, '.ssh')

/** In their order. A file that is not there, is none or cannot be read, has none. */
export const listSshHosts = async (config?: string): Promise<readonly SshHost[]> => {
  const hosts = new Map<string, SshHost>()
  const reading = { left: LIMITS.sshConfigFiles, open: new Set<string>(), hosts }
  await readInto(reading, config ?? join(ownFolder(), 'config'))
  return [...hosts.values()]
}

interface Reading {
  /** How many files may still be read. */
  left: number
  /** Files that include the one being read: a file that includes itself ends there. */
  readonly open: Set<string>
  readonly hosts: Map<string, SshHost>
}

const readInto = async (reading: Reading, file: string): Promise<void> => {
  if (reading.left <= 0 || reading.open.has(file)) return
  reading.left -= 1
  reading.open.add(file)
  let named: readonly string[] = []
  for (const { keyword, words } of configLines(await textOf(file))) {
    if (keyword === 'include') for (const path of await included(words)) await readInto(reading, path)
    else if (keyword === 'host') named = addHosts(reading.hosts, words)
    else if (keyword === 'match') named = []
    else learn(reading.hosts, named, keyword, words[0] as string)
  }
  reading.open.delete(file)
}

/** Patterns and what they leave out are no machines. */
const isWhole = (word: string): boolean => !/[*?!]/.test(word) && !word.startsWith('-')

const addHosts = (hosts: Reading['hosts'], words: readonly string[]): readonly string[] => {
  const whole = words.filter(isWhole)
  for (const host of whole) if (!hosts.has(host) && hosts.size < LIMITS.sshHosts) hosts.set(host, { host })
  return whole
}

const FIELDS: Readonly<Record<string, 'hostName' | 'user'>> = { hostname: 'hostName', user: 'user' }

/** What stands first counts, as OpenSSH has it. */
const learn = (hosts: Reading['hosts'], named: readonly string[], ...[keyword, value]: [string, string]): void => {
  const field = FIELDS[keyword]
  if (!field) return
  for (const host of named) {
    const known = hosts.get(host)
    if (known && known[field] === undefined) hosts.set(host, { ...known, [field]: value })
  }
}

const included = async (patterns: readonly string[]): Promise<readonly string[]> => {
  const absolute = patterns.map((pattern) => {
    if (pattern.startsWith('~/')) return join(userInfo().homedir, pattern.slice(2))
    return isAbsolute(pattern) ? pattern : join(ownFolder(), pattern)
  })
  return (await Promise.all(absolute.map(matchingFiles))).flat()
}

/** A file that is longer than `sshConfigBytes` is read that far. Nothing is waited for: a pipe is no file. */
const textOf = async (file: string): Promise<string> => {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined)
  if (!handle) return ''
  try {
    if (!(await handle.stat()).isFile()) return ''
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LIMITS.sshConfigBytes), 0, LIMITS.sshConfigBytes, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } catch {
    return ''
  } finally {
    await handle.close()
  }
}
