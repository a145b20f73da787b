/** Owns the list of what a cleanup goes through, for the command and the tool alike. */
import type { Connection } from '../context/connection.ts'
import type { Cleaner } from './cleaner.ts'
import { tunnelCleaner } from './tunnel-cleaner.ts'

/** In the order they are cleaned: whoever would open something again comes before that. */
export const cleanersOf = (connection: Connection): readonly Cleaner[] => [tunnelCleaner(connection)]
