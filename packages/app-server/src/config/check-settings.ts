/** Owns telling what is known in a table of settings: the unknown is told and left out, what is wrong is an error. */
import { AppError } from '@towline/protocol'
import type { Table } from './toml-file.ts'
import { ELSEWHERE, type Settings, SHAPE } from './shape.ts'

export interface Checked {
  readonly settings: Settings
  /** The same as it was written. */
  readonly data: Table
  readonly warnings: readonly string[]
}

/** `file` is named in errors and warnings. Throws CONFIG_INVALID with the path of the key. */
export const checkSettings = (file: string, data: Table): Checked => {
  let known = Object.fromEntries(Object.entries(data).filter(([key]) => !ELSEWHERE.has(key)))
  const warnings: string[] = []
  for (;;) {
    const { success, data: settings, error } = SHAPE.safeParse(known)
    if (success) return { settings, data: known, warnings }
    const wrong = error.issues.find(({ code }) => code !== 'unrecognized_keys')
    if (wrong) throw invalidKey(file, wrong.path, wrong.message)
    for (const { code, path, ...issue } of error.issues) {
      if (code !== 'unrecognized_keys' || !('keys' in issue)) continue
      for (const key of issue.keys as readonly string[]) {
        // What restricts must not be lost by a slip of the pen.
        if (path[0] === 'permissions') throw invalidKey(file, [...path, key], 'there is no such setting')
        known = without(known, [...path, key])
        warnings.push(`The setting ${keyText([...path, key])} in ${file} is not known here, so it has no effect.`)
      }
    }
  }
}

export const invalidKey = (file: string, path: readonly PropertyKey[], problem: string): AppError =>
  new AppError('CONFIG_INVALID', { file, key: keyText(path), problem: `${problem}.` })

/** As it is written in TOML. */
export const keyText = (path: readonly PropertyKey[]): string =>
  path.map((key) => (/^[A-Za-z0-9_-]+$/.test(String(key)) ? String(key) : JSON.stringify(key))).join('.')

const without = (table: Table, [key, ...rest]: readonly PropertyKey[]): Table => {
  const { [String(key)]: inner, ...others } = table
  return rest.length === 0 ? others : { ...others, [String(key)]: without(inner as Table, rest) }
}
