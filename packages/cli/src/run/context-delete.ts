/** Owns the work of `towline context delete`. */
import type { Io } from '../io.ts'
import type { ContextOptions } from './context-list.ts'
import { forget } from './logout.ts'

export const run = (io: Io, name: string, { output }: ContextOptions): Promise<void> => forget(io, name, output)
