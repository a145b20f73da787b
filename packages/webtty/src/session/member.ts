/** Owns what one participant may do; when it has left, nothing it does counts. */
import {
  AppError,
  type Fd,
  type ProcessInfo,
  type SignalName,
  type SignalTarget,
  type TtySize,
} from '@towline/protocol'
import type { Participant } from './participant.ts'
import type { Participation, Session } from './session-types.ts'

export type Leaving = Parameters<Participation['leave']>[0]

/** What a session does for its participants; after the end of the process, nothing. */
export interface MemberHost {
  readonly info: ProcessInfo
  readonly pid: number
  readonly stdinOffset: number
  /** Whether it still takes part. */
  present(participant: Participant): boolean
  /** It takes more than before. */
  granted(): void
  write(offset: number, bytes: Uint8Array): void
  endStdin(finalOffset: number): void
  resize(participant: Participant, size: TtySize): void
  signal(name: SignalName, target: SignalTarget): void
  leave(participant: Participant, how: Leaving): void
}

export interface MemberOptions {
  readonly host: MemberHost
  readonly participant: Participant
  readonly resumeToken: string
  /** It may look on, and no more. */
  readonly watching: boolean
  readonly answered: number
}

export class Member implements Participation {
  readonly session: Session
  readonly #host: MemberHost
  readonly #participant: Participant

  constructor({ host, participant, resumeToken, watching, answered }: MemberOptions) {
    this.#host = host
    this.#participant = participant
    this.session = {
      get info() {
        return host.info
      },
      get stdinOffset() {
        return host.stdinOffset
      },
      pid: host.pid,
      resumeToken,
      watching,
      answered,
    }
  }

  get #present(): boolean {
    return this.#host.present(this.#participant)
  }

  grant(fd: Fd, maxOffset: number): void {
    if (!this.#present) return
    this.#participant.grant(fd, maxOffset)
    this.#host.granted()
  }

  write(offset: number, bytes: Uint8Array): void {
    if (this.#acts()) this.#host.write(offset, bytes)
  }

  endStdin(finalOffset: number): void {
    if (this.#acts()) this.#host.endStdin(finalOffset)
  }

  resize(size: TtySize): void {
    if (this.#present) this.#host.resize(this.#participant, size)
  }

  signal(name: SignalName, target: SignalTarget): void {
    if (this.#acts()) this.#host.signal(name, target)
  }

  /** Whether it still takes part. Throws FORBIDDEN for who only watches. */
  #acts(): boolean {
    if (this.session.watching) throw new AppError('FORBIDDEN', { permission: 'control' })
    return this.#present
  }

  leave(how: Leaving): void {
    if (this.#present) this.#host.leave(this.#participant, how)
  }
}
