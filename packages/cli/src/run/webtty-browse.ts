/** Owns the work of `towline webtty browse`. */
import { browserLink } from '@towline/operations'
import { AppError } from '@towline/protocol'
import type { Io } from '../io.ts'
import { type Format, printOne } from '../output/printers.ts'
import type { WebttyOptions } from '../webtty-options.ts'
import { connectionOf } from './connection.ts'
import { parseDuration } from './duration.ts'

export interface WebttyBrowseOptions extends WebttyOptions {
  readonly expires?: string
  readonly output: Format
}

const LONGEST = 3600

export const run = async (io: Io, options: WebttyBrowseOptions): Promise<void> => {
  const seconds = parseDuration(options.expires ?? '10m', '--expires')
  if (seconds > LONGEST)
    throw new AppError('OPTION_INVALID', {
      option: '--expires',
      value: options.expires ?? '',
      problem: 'it is at most 1h',
    })
  const connection = await connectionOf(io, options)
  const trust = { env: io.env, project: options.project }
  const link = await browserLink({ connection, url: options.url, seconds, trust, signal: io.signal })
  printOne({ io, format: options.output, columns: [{ title: 'URL', of: ({ url }) => url }] }, link)
}
