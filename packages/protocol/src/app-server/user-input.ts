/** Owns what a person sends an agent. */

/** How finely a model looks at an image. */
export type ImageDetail = 'auto' | 'low' | 'high' | 'original'

export type UserInput =
  | { readonly type: 'text'; readonly text: string; readonly text_elements: readonly unknown[] }
  /** `data:` or `https:`. */
  | { readonly type: 'image'; readonly url: string; readonly detail?: ImageDetail }
  /** A file of the machine that the server runs on. */
  | { readonly type: 'localImage'; readonly path: string; readonly detail?: ImageDetail }
  | { readonly type: 'skill'; readonly name: string; readonly path: string }
  | { readonly type: 'mention'; readonly name: string; readonly path: string }
