/** Owns files of this machine that are sent or received: their errors, and what is told of a transfer. */
import { AppError } from '@towline/protocol'
import type { Uploaded } from '@towline/webtty'
import type { Column } from '../output/printers.ts'

export const TRANSFER_COLUMNS: readonly Column<Uploaded & { readonly path: string }>[] = [
  { title: 'PATH', of: ({ path }) => path },
  { title: 'BYTES', of: ({ bytes }) => String(bytes) },
  { title: 'SHA-256', of: ({ digest }) => digest },
]

/** What the system says of a local file, in words; anything else as it is. */
export const localError = (error: unknown, file: string): unknown => {
  if (error instanceof AppError) return error
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return error
  return new AppError('LOCAL_FILE', { file, problem: code === 'ENOSPC' ? 'no space is left for it' : code })
}
