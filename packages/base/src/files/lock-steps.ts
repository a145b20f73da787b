/**
 * Owns the steps by which one of several holds a lock, each of them one atomic act on a folder. A lock has a number. The lock
 * of a holder that is gone is not removed but followed by the next number, and looked at again after that: were it removed,
 * two who saw it could each remove a lock, the second a living one, and both go on.
 */

/** What a folder offers. */
export interface LockFolder {
  /** Of the locks that are there, ascending. */
  numbers(): Promise<readonly number[]>
  /** Who holds it, unlike any other holder; undefined when it is not there. */
  holder(number: number): Promise<string | undefined>
  /** Whether it was not there yet; then it is there whole, with its holder. */
  create(number: number, holder: string): Promise<boolean>
  /** It may be gone already. */
  remove(number: number): Promise<void>
  /** Whether the holder is gone, or holds it longer than any work takes. */
  isOver(number: number, holder: string): Promise<boolean>
}

/** The number of the lock that is `self`'s now; undefined when another holds it, or came between. */
export const takeLock = async (folder: LockFolder, self: string): Promise<number | undefined> => {
  const newest = (await folder.numbers()).at(-1)
  if (newest === undefined) return (await folder.create(1, self)) ? 1 : undefined
  const holder = await folder.holder(newest)
  if (holder === undefined || !(await folder.isOver(newest, holder))) return undefined
  const own = newest + 1
  if (!(await folder.create(own, self))) return undefined
  if ((await folder.holder(newest)) === holder) return own
  // It was released and taken anew meanwhile: who holds it now is not who was gone.
  await folder.remove(own)
  return undefined
}

/** The older ones first: as long as one is left, the newest says who holds it. */
export const releaseLock = async (folder: LockFolder, own: number): Promise<void> => {
  for (const number of await folder.numbers()) if (number < own) await folder.remove(number)
  await folder.remove(own)
}
