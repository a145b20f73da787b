/** Owns reading the names of an open folder in order, holding only so many at once. */
import { opendir } from 'node:fs/promises'
import type { Dir } from 'node:fs'
import type { Limits } from '@towline/protocol'
import { opened } from './open-root.ts'

/** Entries the system is asked for at once. */
const BATCH = 256

/** A name as bytes; Node has the option, its types do not. */
const openBytes = opendir as unknown as (
  path: string,
  options: { encoding: 'buffer'; bufferSize: number },
) => Promise<Dir>

/** Names of a folder as bytes, in no order. */
export const rawNames = async function* (fd: number): AsyncGenerator<Buffer> {
  const folder = await openBytes(opened(fd), { encoding: 'buffer', bufferSize: BATCH })
  for await (const entry of folder) yield entry.name as unknown as Buffer
}

/**
 * Names after `after` by UTF-16 code units. At most twice `filesNames` are held; a longer folder is read again for those that
 * follow. A name that is no UTF-8 comes with U+FFFD in it and cannot be opened.
 */
export const sortedNames = async function* (fd: number, limits: Limits, after = ''): AsyncGenerator<string> {
  let last = after
  for (;;) {
    const names = await nextNames(fd, limits.filesNames, last)
    yield* names
    if (names.length < limits.filesNames) return
    last = names.at(-1) as string
  }
}

const nextNames = async (fd: number, count: number, after: string): Promise<string[]> => {
  let names: string[] = []
  for await (const bytes of rawNames(fd)) {
    const name = bytes.toString()
    if (name > after) names.push(name)
    if (names.length >= 2 * count) names = smallest(names, count)
  }
  return smallest(names, count)
}

const smallest = (names: readonly string[], count: number): string[] =>
  [...names].sort((one, other) => (one < other ? -1 : 1)).slice(0, count)
