/** Owns copying to the clipboard of the terminal that a person sits at (OSC 52 of xterm), also from within tmux. */
import { LIMITS } from '@towline/protocol'

/** What is written for it; undefined for text that is too long for terminals. */
export const copySequence = (text: string, env: Readonly<Record<string, string | undefined>>): string | undefined => {
  const bytes = Buffer.from(text)
  if (bytes.length > LIMITS.tuiCopyBytes) return undefined
  const sequence = `\u001b]52;c;${bytes.toString('base64')}\u0007`
  if (!env['TMUX']) return sequence
  // tmux takes the one when it keeps clipboards itself (set-clipboard on), and passes the other on (allow-passthrough on).
  return `${sequence}\u001bPtmux;${sequence.replaceAll('\u001b', '\u001b\u001b')}\u001b\\`
}
