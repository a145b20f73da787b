/** Owns making every character of a text visible: what a person allows must be what they saw. */

/** Format, control, private-use and unassigned characters and line ends, but for `\n`; and spaces that are none of the keyboard. */
const HIDDEN = /(?!\n)[\p{C}\p{Zl}\p{Zp}\u00a0\u115f\u1160\u2000-\u200a\u202f\u205f\u3000\u3164\ufe00-\ufe0f\uffa0]/gu

/** With the escapes of JSON in place of what could hide, turn text around, or imitate a space. */
export const visible = (text: string): string =>
  text.replace(HIDDEN, (character) =>
    // oxlint-disable-next-line unicorn/prefer-code-point -- JSON escapes UTF-16 units
    [...Array(character.length).keys()].map((at) => escapeOf(character.charCodeAt(at))).join(''),
  )

const escapeOf = (unit: number): string => String.raw`\u${unit.toString(16).padStart(4, '0')}`
