/** Owns the text of the page that browsers get; the bundle holds it in place of this module's (see bundle.mjs). */

/** The document, or undefined where it was not built in. */
export const webttyPageText: string | undefined = undefined
