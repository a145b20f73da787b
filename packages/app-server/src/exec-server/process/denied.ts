/** Owns guessing whether a sandboxed command failed because of its sandbox, which makes Codex ask a person. */

/** What programs say to whom the kernel said no. */
const WORDS = ['operation not permitted', 'permission denied', 'read-only file system', 'network is unreachable']
const KEPT = 8 * 1024

export class DenialEar {
  #heard = ''

  hear(bytes: Uint8Array): void {
    this.#heard = (this.#heard + Buffer.from(bytes).toString('latin1').slice(-KEPT)).slice(-KEPT)
  }

  denied(exitCode: number): boolean {
    const heard = this.#heard.toLowerCase()
    return exitCode !== 0 && WORDS.some((word) => heard.includes(word))
  }
}
