/** Owns following a path from the open root, one part at a time, so that nothing can be swapped in under it (docs/protocol/fs.md §2). */
import { closeSync, constants, fstatSync, mkdirSync, openSync, readlinkSync } from 'node:fs'
import { AppError, type Limits } from '@towline/protocol'
import { toFileError, unless } from './errno.ts'
import { at, type Root } from './open-root.ts'
import { partsOf } from './path.ts'
import { closeSteps, makeSpot, type Spot, type Step } from './spot.ts'

/** Opens a name without reading, running or following it; Node has no constant for it. */
const O_PATH = 0o10000000

export interface WalkOptions {
  /** What becomes of a symbolic link at the end: led on, or taken as it is. */
  readonly last?: 'follow' | 'stay'
  /** Makes the folders on the way that are missing. */
  readonly make?: boolean
}

/** Follows paths beneath a root. */
export type Walk = (parts: readonly string[], options?: WalkOptions) => Spot

/** Opens a name in an open folder as it is, a link as a link. */
export const stepTo = (folder: number, name: string): Step => {
  const fd = openSync(at(folder, name), O_PATH | constants.O_NOFOLLOW)
  return { fd, name, stat: fstatSync(fd, { bigint: true }) }
}

/** Makes the walk of a root. It throws AppError: FILE_NOT_FOUND, FILE_NOT_FOLDER, FILE_OUTSIDE, FILE_PATH_INVALID. */
export const makeWalk =
  (root: Root, limits: Limits): Walk =>
  (parts, options = {}) => {
    const start: Step = { fd: root.fd, name: '', stat: fstatSync(root.fd, { bigint: true }) }
    const way = new Way(root, start, { parts, limits, ...options })
    try {
      const missing = way.go()
      return makeSpot(way.steps, missing)
    } catch (error) {
      closeSteps(way.steps)
      throw toFileError(error)
    }
  }

/** One path on its way. */
class Way {
  readonly steps: Step[]
  readonly #root: Root
  readonly #options: WalkOptions & { readonly limits: Limits }
  #todo: string[]
  #links = 0

  constructor(
    root: Root,
    start: Step,
    { parts, ...options }: WalkOptions & { parts: readonly string[]; limits: Limits },
  ) {
    this.#root = root
    this.steps = [start]
    this.#todo = [...parts]
    this.#options = options
  }

  /** To the end; answers the last name when nothing is there. */
  go(): string | undefined {
    for (;;) {
      const name = this.#todo.shift()
      if (name === undefined) return undefined
      if (name === '..') this.#up()
      else if (!this.#enter(name)) return name
    }
  }

  #up(): void {
    const left = this.steps.length > 1 ? this.steps.pop() : undefined
    if (left === undefined) throw new AppError('FILE_OUTSIDE')
    closeSync(left.fd)
  }

  /** False when it is the last name and not there. */
  #enter(name: string): boolean {
    const step = this.#step(name)
    if (step === undefined) return false
    const isLast = this.#todo.length === 0
    if (step.stat.isSymbolicLink() && !(isLast && this.#options.last === 'stay')) return this.#follow(step)
    this.steps.push(step)
    if (!isLast && !step.stat.isDirectory()) throw new AppError('FILE_NOT_FOLDER')
    if (this.steps.length > this.#options.limits.filesPathParts + 1) throw tooFar('too deep')
    return true
  }

  #step(name: string): Step | undefined {
    const folder = (this.steps.at(-1) as Step).fd
    const step = unless(['ENOENT'], () => stepTo(folder, name))
    if (step !== undefined) return step
    if (this.#todo.length === 0) return undefined
    if (this.#options.make !== true || this.#todo.includes('..')) throw new AppError('FILE_NOT_FOUND')
    unless(['EEXIST'], () => mkdirSync(at(folder, name)))
    return stepTo(folder, name)
  }

  /** The text of the link takes its place. What was swapped in meanwhile is entered like anything else, so it leads nowhere else. */
  #follow(link: Step): true {
    closeSync(link.fd)
    if (++this.#links > this.#options.limits.filesLinks) throw tooFar('through too many links')
    const folder = (this.steps.at(-1) as Step).fd
    const text = unless(['EINVAL', 'ENOENT'], () => readlinkSync(at(folder, link.name)))
    if (text === undefined) this.#todo.unshift(link.name)
    else this.#todo.unshift(...(text.startsWith('/') ? this.#fromRoot(text) : partsOf(text)))
    return true
  }

  /** An absolute link leads inside only when its text begins with the path of the served folder. */
  #fromRoot(text: string): readonly string[] {
    const parts = partsOf(text)
    for (const name of this.#root.names()) {
      const prefix = partsOf(name)
      if (prefix.some((part, index) => part !== parts[index])) continue
      while (this.steps.length > 1) this.#up()
      return parts.slice(prefix.length)
    }
    throw new AppError('FILE_OUTSIDE')
  }
}

const tooFar = (how: string): AppError => new AppError('FILE_PATH_INVALID', { problem: `it leads ${how}.` })
