/** Owns the methods about files of the machine that the server runs on. As in stock servers no sandbox keeps a client from them: whoever may connect is this user. */
import { z } from 'zod'
import { copy, createDirectory, remove, writeFile } from '../exec-server/files/change.ts'
import { getMetadata, readDirectory, readFile, type Target } from '../exec-server/files/read.ts'
import { RpcError } from '../rpc/rpc-error.ts'
import { method, type MethodTable } from '../server/method.ts'
import { ABSOLUTE } from './params.ts'
import type { BasicServices } from './services.ts'

const FLAG = z.boolean().nullish()
const AT_PATH = z.looseObject({ path: ABSOLUTE })

interface AtPath {
  readonly path: string
}

const targetOf = ({ path }: AtPath): Target => ({ path, rules: undefined })

const onPath = (run: (target: Target) => Promise<object>) =>
  method<BasicServices, AtPath>({ params: AT_PATH, run: (_services, params) => run(targetOf(params)) })

export const FILES: MethodTable<BasicServices> = {
  'fs/readFile': onPath(readFile),
  'fs/getMetadata': onPath(async (target) => {
    // Exec-servers tell of it; the schema here has no such field.
    const { size: _, ...metadata } = await getMetadata(target)
    return metadata
  }),
  'fs/readDirectory': onPath(readDirectory),
  'fs/writeFile': method<BasicServices, AtPath & { dataBase64: string }>({
    params: z.looseObject({ path: ABSOLUTE, dataBase64: z.string() }),
    run: (_services, { path, dataBase64 }) => writeFile(targetOf({ path }), bytesOf('fs/writeFile', dataBase64)),
  }),
  'fs/createDirectory': method<BasicServices, AtPath & { recursive?: boolean | null | undefined }>({
    params: z.looseObject({ path: ABSOLUTE, recursive: FLAG }),
    run: (_services, params) => createDirectory(targetOf(params), params.recursive ?? true),
  }),
  'fs/remove': method<
    BasicServices,
    AtPath & { recursive?: boolean | null | undefined; force?: boolean | null | undefined }
  >({
    params: z.looseObject({ path: ABSOLUTE, recursive: FLAG, force: FLAG }),
    run: (_services, params) =>
      remove(targetOf(params), { recursive: params.recursive ?? true, force: params.force ?? true }),
  }),
  'fs/copy': method<BasicServices, { sourcePath: string; destinationPath: string; recursive: boolean }>({
    params: z.looseObject({ sourcePath: ABSOLUTE, destinationPath: ABSOLUTE, recursive: z.boolean().default(false) }),
    run: (_services, { sourcePath, destinationPath, recursive }) =>
      copy({ from: sourcePath, to: destinationPath, recursive, rules: undefined }),
  }),
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Throws RpcError: what is not base64 is not read as something else. */
export const bytesOf = (name: string, base64: string): Buffer => {
  if (BASE64.test(base64)) return Buffer.from(base64, 'base64')
  throw new RpcError(
    'invalidRequest',
    `${name} requires valid base64 ${name === 'fs/writeFile' ? 'dataBase64' : 'deltaBase64'}`,
  )
}
