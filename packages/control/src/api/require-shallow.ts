/** Owns refusing JSON that is nested so deeply that writing it again would run out of stack. */
import { AppError } from '@towline/protocol'

/** `value` as JSON was read to. Throws REQUEST_INVALID below `depth` levels; it looks without calling itself. */
export const requireShallow = (value: unknown, depth: number): void => {
  let level: readonly unknown[] = [value]
  for (let left = depth; level.length > 0; left--) {
    if (left < 0) throw new AppError('REQUEST_INVALID', { problem: `it is nested more than ${depth} levels deep` })
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
}
