/** Owns the memory that readers read into: a command that prints a line leaves nothing to collect. */

const FREE_MAX = 16
const free: Buffer[] = []

/** A buffer of this size, with anything in it. */
export const takeBuffer = (bytes: number): Buffer => {
  const buffer = free.pop()
  return buffer?.length === bytes ? buffer : Buffer.allocUnsafeSlow(bytes)
}

/** Nobody reads into it any more. */
export const returnBuffer = (buffer: Buffer): void => {
  if (free.length < FREE_MAX) free.push(buffer)
}
