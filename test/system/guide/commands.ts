/** Owns reading the commands that a page shows: the lines of its `sh` blocks, without comments. */
import { read } from '../../repository.ts'

/** One line as a reader would type it; `exports` are those above it in its block. */
export interface Shown {
  readonly page: string
  readonly line: string
  readonly exports: Readonly<Record<string, string>>
}

/** In the order of the page. */
export const commandsOf = (page: string): readonly Shown[] =>
  [...read(page).matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) => {
    const exports: Record<string, string> = {}
    const joined = block.replace(/ \\\n\s*/g, ' ')
    return joined.split('\n').flatMap((text) => {
      const line = text.replace(/(^|\s+)#.*$/, '').replace(/^\.\/towline/, 'towline')
      const [, key, value] = /^export (\w+)=(\S*)$/.exec(line) ?? []
      if (key !== undefined) exports[key] = value as string
      return key !== undefined || line === '' ? [] : [{ page, line, exports: { ...exports } }]
    })
  })
