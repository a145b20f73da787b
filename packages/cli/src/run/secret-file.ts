/** Owns reading a secret from a file that an option names. */
import { readPrivateFile } from '@towline/base'
import { AppError } from '@towline/protocol'

/** Its text without white space around it. Throws CONFIG_INVALID when others may read it, OPTION_INVALID when there is none. */
export const readSecretFile = async (file: string, option: string): Promise<string> => {
  const text = (await readPrivateFile(file))?.trim()
  if (text) return text
  throw new AppError('OPTION_INVALID', { option, value: file, problem: 'there is no token in it' })
}
