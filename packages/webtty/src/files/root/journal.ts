/** Owns the record of temporary files that exist, so that a start after a crash takes them away without searching the folder. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unless } from './errno.ts'
import { createTemp, dropTemp, isTempName, tempName } from './temp.ts'
import type { Walk } from './walk.ts'

/** A temporary file that is being written. */
export interface Temp {
  readonly fd: number
  readonly name: string
}

interface Row {
  readonly parts: readonly string[]
  readonly name: string
  /** The process that writes it: a number is used again, so its start belongs to it. */
  readonly owner: string
}

export interface Journal {
  /** Makes a temporary file in the folder, on record before it exists. */
  create(folder: { readonly fd: number; readonly parts: readonly string[] }): Temp
  /** Takes the record away, and the file unless it has landed. */
  drop(folder: number, temp: Pick<Temp, 'name'>): void
}

/** Opens the record in `state` and takes away what dead processes left behind. */
export const openJournal = (state: string, walk: Walk): Journal => {
  const folder = join(state, 'temps')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const fileOf = (name: string): string => join(folder, `${name}.json`)
  const owner = ownerOf(process.pid) ?? ''
  for (const file of readdirSync(folder)) collect(join(folder, file), walk)
  return {
    create({ fd, parts }) {
      const name = tempName()
      writeFileSync(fileOf(name), JSON.stringify({ parts, name, owner } satisfies Row), { mode: 0o600 })
      try {
        return { fd: createTemp(fd, name), name }
      } catch (error) {
        rmSync(fileOf(name), { force: true })
        throw error
      }
    },
    drop(fd, { name }) {
      dropTemp(fd, name)
      rmSync(fileOf(name), { force: true })
    },
  }
}

const collect = (file: string, walk: Walk): void => {
  const row = readRow(file)
  if (row !== undefined && row.owner !== '' && ownerOf(Number.parseInt(row.owner, 10)) === row.owner) return
  if (row !== undefined && isTempName(row.name)) takeAway(row, walk)
  rmSync(file, { force: true })
}

const takeAway = ({ parts, name }: Row, walk: Walk): void => {
  try {
    using spot = walk(parts)
    if (spot.found !== undefined) dropTemp(spot.found.fd, name)
  } catch {
    // The folder is gone or leads elsewhere, so the file is none of ours any more.
  }
}

const readRow = (file: string): Row | undefined => {
  try {
    const { parts, name, owner } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Row>
    const isRow = Array.isArray(parts) && parts.every((part) => typeof part === 'string') && typeof name === 'string'
    return isRow ? { parts, name, owner: String(owner) } : undefined
  } catch {
    return undefined
  }
}

/** Position of the start time in /proc/PID/stat, counted after the name of the program (proc(5)). */
const START_FIELD = 20

/** Such as `1234 567890`: process and when it started. */
const ownerOf = (pid: number): string | undefined => {
  const text = unless(['ENOENT', 'ESRCH', 'EACCES'], () => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  return text && `${pid} ${text.slice(text.lastIndexOf(')') + 1).split(' ')[START_FIELD]}`
}
