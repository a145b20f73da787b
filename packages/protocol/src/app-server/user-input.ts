/** Owns what a person sends an agent. */

export type UserInput =
  | { readonly type: 'text'; readonly text: string; readonly text_elements: readonly unknown[] }
  /** `data:` or `https:`. */
  | { readonly type: 'image'; readonly url: string }
  /** A file of the machine that the server runs on. */
  | { readonly type: 'localImage'; readonly path: string }
  | { readonly type: 'skill' | 'mention'; readonly name: string; readonly path: string }
