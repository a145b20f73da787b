/** Owns the texts for agents that people keep beside their work: AGENTS.md of the home, and from the root of the project down. */
import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { AgentConfig } from './agent-config.ts'
import type { Project } from './project.ts'

export interface InstructionsRequest {
  readonly home: string
  readonly project: Project
  /** Of those of the project together. */
  readonly maxBytes: number
  /** Looked for where neither of the known names is. */
  readonly otherNames: readonly string[]
}

/** The first that is there counts. */
const NAMES = ['AGENTS.override.md', 'AGENTS.md']

export const readInstructions = async ({ home, project, maxBytes, otherNames }: InstructionsRequest) => {
  const found: AgentConfig['instructions'][number][] = []
  const warnings: string[] = []
  const own = await firstOf(home, NAMES, maxBytes)
  if (own) found.push({ path: own.path, text: own.text })
  let left = maxBytes
  // A name leads nowhere else.
  const names = [...NAMES, ...otherNames.filter((name) => !name.includes('/'))]
  for (const folder of project.folders) {
    const one = await firstOf(folder, names, left, project.root)
    if (!one || one.path === own?.path) continue
    left -= one.bytes
    if (one.text !== '') found.push({ path: one.path, text: one.text })
    if (one.isCut)
      warnings.push(`${one.path} is cut: instructions of a project have at most ${maxBytes} bytes together.`)
  }
  return { instructions: found, warnings }
}

interface Found {
  readonly path: string
  readonly text: string
  readonly bytes: number
  readonly isCut: boolean
}

/** Links may not lead out of `within`: nobody who makes a repository has the model told what else lies on this machine. */
const firstOf = async (
  folder: string,
  names: readonly string[],
  ...[maxBytes, within]: [maxBytes: number, within?: string]
): Promise<Found | undefined> => {
  for (const name of names) {
    const path = join(folder, name)
    if (within !== undefined && !(await liesWithin(path, within))) continue
    const found = await head(path, maxBytes).catch(() => undefined)
    if (found && (found.text.trim() !== '' || found.isCut)) return found
  }
  return undefined
}

const liesWithin = async (path: string, root: string): Promise<boolean> => {
  const real = await realpath(path).catch(() => path)
  return real.startsWith(root.endsWith(sep) ? root : root + sep)
}

const head = async (path: string, maxBytes: number): Promise<Found> => {
  // Nobody waits for a pipe.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!(await handle.stat()).isFile()) throw new Error('no file')
    const buffer = Buffer.alloc(Math.min(maxBytes + 1, (await handle.stat()).size))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
    const isCut = bytesRead > maxBytes
    const bytes = Math.min(bytesRead, maxBytes)
    const text = new TextDecoder().decode(buffer.subarray(0, bytes), { stream: isCut })
    return { path, text, bytes, isCut }
  } finally {
    await handle.close()
  }
}
