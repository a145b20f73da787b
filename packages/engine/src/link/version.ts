/** Owns choosing the version a link speaks. */
import { AppError, type Hello, LINK_VERSIONS } from '@towline/protocol'

interface Range {
  readonly min: number
  readonly max: number
}

/** The newest version both sides speak. Throws VERSION_SKEW that names the older side, or PROTOCOL_ERROR. */
export const chooseVersion = ({ min, max }: Pick<Hello, 'min' | 'max'>, ours: Range = LINK_VERSIONS): number => {
  if (min > max) throw new AppError('PROTOCOL_ERROR', { problem: 'hello has versions from newer to older' })
  if (max < ours.min) throw skew('client', ours, { min, max })
  if (min > ours.max) throw skew('server', ours, { min, max })
  return Math.min(max, ours.max)
}

const skew = (older: string, ours: Range, theirs: Range): AppError =>
  new AppError('VERSION_SKEW', { older, ours: written(ours), theirs: written(theirs) })

const written = ({ min, max }: Range): string => (min === max ? `${min}` : `${min} to ${max}`)
