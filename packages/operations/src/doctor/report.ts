/** Owns what the doctor answers: one row a check, each with what was found and what to do. */
import type { AppError } from '@towline/protocol'

export type DoctorStatus = 'pass' | 'warn' | 'fail' | 'skip'

export interface DoctorRow {
  /** Stable, such as `tls`. */
  readonly id: string
  readonly status: DoctorStatus
  readonly found: string
  /** What to do; absent when there is nothing to do. */
  readonly next?: string
  /** Of what failed. */
  readonly code?: string
}

export interface DoctorReport {
  /** Absent when no server is chosen. */
  readonly url?: string
  readonly version: string
  readonly rows: readonly DoctorRow[]
}

/** What a check answers; its id is its name in the table. */
export type Finding = Omit<DoctorRow, 'id'>

export const pass = (found: string): Finding => ({ status: 'pass', found })
export const skip = (found: string): Finding => ({ status: 'skip', found })
export const warn = (found: string, next: string): Finding => ({ status: 'warn', found, next })
export const fail = ({ code, message, next }: AppError): Finding => ({ status: 'fail', found: message, next, code })
