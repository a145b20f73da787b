/** Owns making text of a server harmless: nothing in it can drive the terminal that shows it (ECMA-48, and UAX #9 for direction). */

/** CSI, also cut off; whole strings such as titles and links; then any other escape, also cut off. */
/* oxlint-disable no-control-regex -- that these go is what this is for */
const SEQUENCES =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-~]?/g
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g
/* oxlint-enable no-control-regex */
const TAB = '    '

/** Lines of text and nothing else; what is no string is nothing. Tabs become blanks, so that widths are known. */
export const safeText = (text: unknown): string => {
  if (typeof text !== 'string') return ''
  return text.replace(/\r\n/g, '\n').replace(SEQUENCES, '').replace(CONTROLS, '').replaceAll('\t', TAB)
}

/** The same on one line. */
export const safeLine = (text: unknown): string => safeText(text).replace(/\s*\n\s*/g, ' ')

/** What a command printed: where it went back to the beginning of a line, the last that it wrote there stands. */
export const safeOutput = (text: unknown): string => {
  if (typeof text !== 'string') return ''
  const lines = text.replace(/\r+\n/g, '\n').split('\n')
  return safeText(lines.map((line) => line.replace(/\r+$/, '').replace(/^[^]*\r/, '')).join('\n'))
}
