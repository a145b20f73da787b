/** Owns folders that a test takes away again. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TempFolder extends Disposable {
  readonly path: string
  remove(): void
}

/** A folder of its own. */
export const tempFolder = (name = 'test'): TempFolder => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), `towline-${name}-`)))
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 5 })
  return { path, remove, [Symbol.dispose]: remove }
}
