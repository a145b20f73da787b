/** Owns programs of a room that a test starts and kills: a text that imports the room's sources, as one file. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll } from 'vitest'

/** Of the control room. */
export const controlProgram = (name: string, text: string): string => roomProgram('control', name, text)

/** Answers the file, which is there while the tests of this file run. `text` imports relative to the room's `src`. */
export const roomProgram = (room: 'control' | 'operations', name: string, text: string): string => {
  const source = fileURLToPath(new URL(`../../packages/${room}/src`, import.meta.url))
  // Below the room, so that it finds what it does not hold.
  const folder = join(source, '..', 'node_modules', '.cache', `${name}-${process.pid}`)
  const file = join(folder, 'program.mjs')
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    await build({
      stdin: { contents: text, resolveDir: source, loader: 'ts' },
      outfile: file,
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['towline-source'],
      external: ['libsql', 'pino', 'kysely', 'pg'],
      logLevel: 'silent',
    })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return file
}
