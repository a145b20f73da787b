/** Owns cuts whose owner could not be told: a host that was away hears of it when it asks for the name again. */
import type { AppError } from '@towline/protocol'
import type { NameSlot } from './name-slot.ts'

type Holder = Pick<NameSlot, 'projectId' | 'name' | 'rootCredentialId'>

/** At most `most`; the oldest is forgotten. */
export class CutNotices {
  readonly #notices = new Map<string, AppError>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  keep(holder: Holder, error: AppError): void {
    this.#notices.set(keyOf(holder), error)
    const oldest = this.#notices.keys().next()
    if (this.#notices.size > this.#most && !oldest.done) this.#notices.delete(oldest.value)
  }

  /** Once: whoever starts the tunnel again on purpose gets it. */
  take(holder: Holder): AppError | undefined {
    const key = keyOf(holder)
    const error = this.#notices.get(key)
    this.#notices.delete(key)
    return error
  }
}

const keyOf = ({ projectId, name, rootCredentialId }: Holder): string => `${projectId}/${name}/${rootCredentialId}`
