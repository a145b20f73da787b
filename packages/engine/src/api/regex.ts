/** Owns the regular expressions of filters: RE2 syntax, linear time, bounded size; a pattern never backtracks. */
import { LIMITS } from '@towline/protocol'
import { RE2JS } from 're2js'

/**
 * Compiles `pattern` for `compileFilter`: it may match anywhere in the text unless it says `^` and `$`. Throws for a
 * pattern that is not RE2 or has more than filterRegexProgram instructions. Texts are cut at labelValueChars.
 */
export const compileRegex = (pattern: string): ((text: string) => boolean) => {
  const compiled = RE2JS.compile(pattern)
  if (compiled.programSize() > LIMITS.filterRegexProgram) throw new Error('the regex is too large')
  return (text) => compiled.test(text.slice(0, LIMITS.labelValueChars))
}
