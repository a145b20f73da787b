/** Owns the end of a turn that a person wanted. */

export class Interrupted extends Error {
  constructor() {
    super('interrupted')
  }
}

/** The sandbox that a turn asks for cannot be enforced: it ends, rather than work without. */
export class SandboxFailure extends Error {}
