/** Owns reading the names of an open folder in order, holding only so many at once. */
import { type Dir, opendirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { Limits } from '@towline/protocol'
import { opened } from './open-root.ts'

/** Entries the system is asked for at once. */
const BATCH = 256
/** Entries after which others get their turn: some milliseconds. */
const TURN = 4 * BATCH

/** A name as bytes; Node has the option, its types do not. */
const openBytes = opendirSync as unknown as (path: string, options: { encoding: 'buffer'; bufferSize: number }) => Dir

/** Names of a folder as bytes, in no order. Names are in the cache of the kernel mostly: a trip to another thread costs more. */
export const rawNames = async function* (fd: number): AsyncGenerator<Buffer> {
  const folder = openBytes(opened(fd), { encoding: 'buffer', bufferSize: BATCH })
  try {
    for (let count = 1; ; count++) {
      const entry = folder.readSync()
      if (entry === null) return
      yield entry.name as unknown as Buffer
      if (count % TURN === 0) await setImmediate()
    }
  } finally {
    folder.closeSync()
  }
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
