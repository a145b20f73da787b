/** Owns errors of which clients know the code and the words, and how every error is answered. */
import { randomText } from '@towline/base'
import { AppError, type ErrorCode, ERRORS, RPC_CODE, type RpcFault } from '@towline/protocol'

export class RpcError extends Error {
  readonly code: number
  /** What clients tell further sorts of an error by. */
  readonly data: object | undefined

  /** `code` by its name, or the number that a peer sent. */
  constructor(code: keyof typeof RPC_CODE | number, message: string, data?: object) {
    super(message)
    this.data = data
    this.code = typeof code === 'number' ? code : RPC_CODE[code]
  }
}

/** A row of ours is told at the end of the words, as {@link faultOf} writes it. */
const OURS = /^([\s\S]*) \(([A-Z][A-Z0-9_]+)\)$/

/** What a peer answered, as an error of ours again where it was one. */
export const errorOfFault = ({ code, message }: RpcFault): Error => {
  const [, words = '', name = ''] = OURS.exec(message) ?? []
  if (!Object.hasOwn(ERRORS, name)) return new RpcError(code, message)
  const known = name as ErrorCode
  const { next } = ERRORS[known]
  return AppError.from({ code: known, message: words.endsWith(next) ? words.slice(0, -next.length).trim() : words })
}

/** Of the system, by names that clients compare; what is not here is internal. */
const SYSTEM: Readonly<Record<string, readonly [code: keyof typeof RPC_CODE, message: string]>> = {
  ENOENT: ['notFound', 'No such file or directory (os error 2)'],
  EACCES: ['invalidRequest', 'Permission denied (os error 13)'],
  EPERM: ['invalidRequest', 'Operation not permitted (os error 1)'],
  EEXIST: ['invalidRequest', 'File exists (os error 17)'],
  ENOTDIR: ['invalidRequest', 'Not a directory (os error 20)'],
  EISDIR: ['invalidRequest', 'Is a directory (os error 21)'],
  EROFS: ['invalidRequest', 'Read-only file system (os error 30)'],
  ENOTEMPTY: ['invalidRequest', 'Directory not empty (os error 39)'],
  ELOOP: ['invalidRequest', 'Too many levels of symbolic links (os error 40)'],
  ENOSPC: ['internal', 'No space left on device (os error 28)'],
  EMFILE: ['internal', 'Too many open files (os error 24)'],
}

const ID_CHARS = 12

/** `broke` hears of what is our own bug, with the id that the client is told. */
export const faultOf = (error: unknown, broke: (error: unknown, id: string) => void): RpcFault => {
  if (error instanceof RpcError) {
    const { code, message, data } = error
    return { code, message, ...(data && { data }) }
  }
  if (error instanceof AppError) {
    const { rpc } = error.row
    return { code: rpc, message: `${error.message} ${error.next} (${error.code})` }
  }
  const known = SYSTEM[(error as NodeJS.ErrnoException | undefined)?.code ?? '']
  if (known) return { code: RPC_CODE[known[0]], message: known[1] }
  const id = randomText(ID_CHARS)
  broke(error, id)
  return faultOf(new AppError('INTERNAL', { id }), broke)
}
