/** Owns whose message is next: who sends thousands is read no faster than who sends one. */

/** Messages of one connection that wait. */
export interface Inbox {
  /** Takes the next one. Whether there was one that may be taken now. */
  next(): boolean
}

export interface Turns {
  /** There is something that may be taken. */
  ready(inbox: Inbox): void
}

/** Takes everything as it comes. */
export const AT_ONCE: Turns = {
  ready: (inbox) => {
    while (inbox.next());
  },
}

/** So much of one connection before the others have their turn, and sockets are read again. */
const SHARE = 32

/** A share of each connection in turn, with all input and output of the process in between. */
export class RoundRobin implements Turns {
  readonly #waiting = new Set<Inbox>()
  #isDue = false

  ready(inbox: Inbox): void {
    this.#waiting.add(inbox)
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => this.#round())
  }

  #round(): void {
    this.#isDue = false
    for (const inbox of [...this.#waiting]) {
      this.#waiting.delete(inbox)
      if (takeShare(inbox)) this.ready(inbox)
    }
  }
}

/** Whether there may be more. */
const takeShare = (inbox: Inbox): boolean => {
  for (let taken = 0; taken < SHARE; taken++) if (!inbox.next()) return false
  return true
}
