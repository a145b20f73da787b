/** Owns the work of `towline webtty fs read`. */
import type { Io } from '../io.ts'
import type { WebttyOptions } from '../webtty-options.ts'
import { given, onFiles } from './files-request.ts'
import { byteCount } from './webtty-request.ts'
import { writeBytes } from './write-bytes.ts'

export interface WebttyFsReadOptions extends WebttyOptions {
  readonly offset?: string
  readonly length?: string
}

export const run = async (io: Io, path: string, options: WebttyFsReadOptions): Promise<void> => {
  const range = given({ offset: count(options.offset, '--offset'), length: count(options.length, '--length') })
  await onFiles(io, options, async (files) => {
    const { body } = await files.read(path, { ...range, signal: io.signal })
    for await (const chunk of body) await writeBytes(io.stdout, chunk as Buffer)
  })
}

const count = (text: string | undefined, option: string): number | undefined =>
  text === undefined ? undefined : byteCount(text, option)
