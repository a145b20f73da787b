/** Owns a place that a path led to: the open folder that holds it, its name there, and what is there, held open. */
import { type BigIntStats, closeSync } from 'node:fs'
import { AppError } from '@towline/protocol'
import { joinParts } from './path.ts'

/** One step of a walk: an open folder or, last, whatever is there. */
export interface Step {
  readonly fd: number
  readonly name: string
  readonly stat: BigIntStats
}

/** A place in the served folder; who gets one closes it. */
export interface Spot extends Disposable {
  /** Of the folder that holds it (O_PATH); changes are made by this and `name`, never by a path. */
  readonly parent: number
  /** Empty for the served folder itself. */
  readonly name: string
  /** Where it is, links resolved. */
  readonly parts: readonly string[]
  /** What is there (O_PATH), or undefined when nothing is. */
  readonly found: Step | undefined
  close(): void
}

/** `steps` from the root, which stays open, to what was found or, with `missing`, the folder where that is not. */
export const makeSpot = (steps: readonly Step[], missing?: string): Spot => {
  const [root] = steps as readonly [Step]
  const found = missing === undefined ? steps.at(-1) : undefined
  const holder = missing === undefined ? (steps.at(-2) ?? root) : (steps.at(-1) as Step)
  const kept = [holder, ...(found === undefined ? [] : [found])]
  closeSteps(steps, kept)
  let open = true
  const close = (): void => {
    if (open) closeSteps([root, ...new Set(kept)])
    open = false
  }
  const names = [...steps.slice(1).map((step) => step.name), ...(missing === undefined ? [] : [missing])]
  return { parent: holder.fd, name: names.at(-1) ?? '', parts: names, found, close, [Symbol.dispose]: close }
}

/** Closes all but the first, which is the root's own, and those that are kept. */
export const closeSteps = ([root, ...steps]: readonly Step[], kept: readonly Step[] = []): void => {
  for (const step of steps) if (step !== root && !kept.includes(step)) closeSync(step.fd)
}

/** What is there. Throws FILE_NOT_FOUND. */
export const demandFound = ({ found }: Spot): Step => {
  if (found === undefined) throw new AppError('FILE_NOT_FOUND')
  return found
}

/** The folder there. Throws FILE_NOT_FOUND, FILE_NOT_FOLDER. */
export const demandFolder = (spot: Spot): Step => {
  const found = demandFound(spot)
  if (!found.stat.isDirectory()) throw new AppError('FILE_NOT_FOLDER')
  return found
}

/** The regular file there. Throws FILE_NOT_FOUND, FILE_IS_FOLDER, FILE_SPECIAL. */
export const demandFile = (spot: Spot): Step => {
  const found = demandFound(spot)
  if (found.stat.isDirectory()) throw new AppError('FILE_IS_FOLDER')
  if (!found.stat.isFile()) throw new AppError('FILE_SPECIAL')
  return found
}

/** Throws FILE_IS_ROOT for the served folder, which no one may change away. */
export const demandBelowRoot = ({ name }: Spot): void => {
  if (name === '') throw new AppError('FILE_IS_ROOT')
}

/** Such as `/a/b`. */
export const pathOf = ({ parts }: Spot): string => joinParts(parts)
