/** Owns the token that clients of a port of this machine must send. */
import { Secret } from '@towline/base'
import { AppError } from '@towline/protocol'
import { readSecretFile } from './secret-file.ts'

/** What a header `Authorization: Bearer` can carry. */
const TOKEN = /^[\x21-\x7e]{1,512}$/

/** What `--token-file` holds, when there is one. Throws OPTION_INVALID. */
export const clientToken = async (file: string | undefined): Promise<Secret | undefined> => {
  if (file === undefined) return undefined
  const token = await readSecretFile(file, '--token-file')
  if (TOKEN.test(token)) return new Secret(token)
  const problem = 'a token is 1 to 512 visible ASCII characters without spaces'
  throw new AppError('OPTION_INVALID', { option: '--token-file', value: file, problem })
}
