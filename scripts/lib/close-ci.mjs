/** Prints the closing line of several runs whose counts were kept in files; a file that is missing is a failed run. */
import { readFileSync } from 'node:fs'
import { BROKEN, finish } from './vitest.mjs'

const counts = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return [BROKEN]
  }
}

finish(process.argv.slice(2).flatMap(counts))
