/** Owns compiling the regexes of boundaries: RE2, which never backtracks, however hostile pattern and text are. */
import { LIMITS } from '@towline/protocol'
import { RE2JS } from 're2js'

/** For `compileBoundary`: texts are not cut, since a part of one could match. Throws for what is not RE2 or too large. */
export const compileBoundaryRegex = (pattern: string): ((text: string) => boolean) => {
  const compiled = RE2JS.compile(pattern)
  if (compiled.programSize() > LIMITS.boundaryRegexProgram) throw new Error('the regex is too large')
  return (text) => compiled.test(text)
}
