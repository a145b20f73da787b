/** Owns the options that all inventories share. */
import type { ServerOptions } from '../command.ts'
import type { Format } from '../output/printers.ts'

export interface ListOptions extends ServerOptions {
  readonly filter?: string
  readonly output: Format
}
