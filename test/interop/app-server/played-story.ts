/** Owns the story that every app-server is judged by: what the agent does about each thing that a person may say. */

/** What the agent does, in order; then it says `says`. */
export interface Act {
  /** Run after a person allowed it. */
  readonly command?: string
  /** A patch, made after a person allowed it. */
  readonly patch?: { readonly path: string; readonly lines: readonly string[] }
  /** Goes on until somebody ends it. */
  readonly endless?: true
  readonly says: string
  /** After the first paragraph, the rest waits until the judge has seen it. */
  readonly held?: true
}

/** What a judge needs of an app-server that plays the story in a folder. */
export interface StoryServer {
  readonly port: number
  /** Lets the agent say the rest. */
  release(): void
  close(): Promise<void>
}

/** By what the person says. */
export const STORY = {
  'hello there': { says: 'Greetings from the agent, word by word.' },
  'say it slowly': { says: 'Here is the first half.\n\nHere is the second half.', held: true },
  'make one': { command: 'touch one.txt; echo made-one', says: 'That was one.' },
  'make two': { command: 'touch two.txt; echo made-two', says: 'That was two.' },
  'make three': { command: 'touch three.txt; echo made-three', says: 'That was three.' },
  'patch it': { patch: { path: 'patched.txt', lines: ['first line', 'second line'] }, says: 'That was a patch.' },
  'wait for me': { endless: true, says: 'That was long.' },
} as const satisfies Readonly<Record<string, Act>>

export const actFor = (text: string): Act => STORY[text.trim() as keyof typeof STORY] ?? { says: `Heard: ${text}` }

/** The first paragraph, and the rest; both in pieces, as models send them. */
export const piecesOf = (text: string): readonly [first: readonly string[], rest: readonly string[]] => {
  const end = text.indexOf('\n\n')
  const words = (part: string): readonly string[] => part.split(/(?<=\s)/)
  return end < 0 ? [words(text), []] : [words(text.slice(0, end + 2)), words(text.slice(end + 2))]
}
