/** Owns the methods of an exec-server: a line each, from checked params to what does the work. */
import type { EnvironmentInfo } from '@towline/protocol'
import type { z } from 'zod'
import { paramsBy } from '../rpc/serve-rpc.ts'
import { rulesOf } from '../sandbox/rules.ts'
import { copy, createDirectory, remove, writeFile } from './files/change.ts'
import { canonicalize, getMetadata, readDirectory, readFile, type Target } from './files/read.ts'
import { walk } from './files/walk.ts'
import { pathOf } from './file-uri.ts'
import * as schemas from './schemas.ts'
import type { Session } from './session.ts'
import { type Starter, startProcess } from './start-process.ts'

export interface MethodDeps extends Starter {
  readonly info: EnvironmentInfo
}

type Run = (deps: MethodDeps, session: Session, params: unknown) => object | Promise<object>

const method =
  <Params>(
    schema: z.ZodType<Params>,
    run: (params: Params, session: Session, deps: MethodDeps) => object | Promise<object>,
  ): Run =>
  (deps, session, params) =>
    run(paramsBy(schema, params), session, deps)

type AtPath = z.infer<typeof schemas.AT_PATH>

const targetOf = ({ path, sandbox }: AtPath, { env }: MethodDeps): Target => ({
  path: pathOf(path),
  rules: rulesOf(sandbox, env as Readonly<Record<string, string>>),
})

const onPath = (run: (target: Target) => Promise<object>): Run =>
  method(schemas.AT_PATH, (params, _session, deps) => run(targetOf(params, deps)))

/** Those after `initialize`. */
export const METHODS: Readonly<Record<string, Run>> = {
  'environment/info': method(schemas.NOTHING, (_params, _session, { info }) => info),
  'environment/status': method(schemas.NOTHING, () => ({ status: 'ready' })),

  'process/start': method(schemas.START, (params, session, deps) => startProcess(deps, session, params)),
  'process/read': method(schemas.READ, (params, session) => session.process(params.processId).read(params)),
  'process/write': method(
    schemas.WRITE,
    ({ processId, chunk, writeId }, session) =>
      session.find(processId)?.write(Buffer.from(chunk, 'base64'), writeId) ?? { status: 'unknownProcess' },
  ),
  'process/signal': method(schemas.SIGNAL, ({ processId }, session) => {
    session.process(processId).interrupt()
    return {}
  }),
  'process/terminate': method(schemas.TERMINATE, ({ processId }, session) => ({
    running: session.find(processId)?.end() ?? false,
  })),

  'fs/readFile': onPath(readFile),
  'fs/getMetadata': onPath(getMetadata),
  'fs/canonicalize': onPath(canonicalize),
  'fs/readDirectory': onPath(readDirectory),
  'fs/walk': method(schemas.WALK, (params, _session, deps) => walk(targetOf(params, deps), params.options)),
  'fs/open': method(schemas.OPEN, (params, session, deps) =>
    session.handles.open(params.handleId, targetOf(params, deps)),
  ),
  'fs/readBlock': method(schemas.READ_BLOCK, (params, session) => session.handles.read(params)),
  'fs/close': method(schemas.CLOSE, ({ handleId }, session) => session.handles.close(handleId)),
  'fs/writeFile': method(schemas.WRITE_FILE, (params, _session, deps) =>
    writeFile(targetOf(params, deps), Buffer.from(params.dataBase64, 'base64')),
  ),
  'fs/createDirectory': method(schemas.MAKE_FOLDER, (params, _session, deps) =>
    createDirectory(targetOf(params, deps), params.recursive ?? true),
  ),
  'fs/remove': method(schemas.REMOVE, (params, _session, deps) =>
    remove(targetOf(params, deps), { recursive: params.recursive ?? true, force: params.force ?? true }),
  ),
  'fs/copy': method(schemas.COPY, ({ sourcePath, destinationPath, recursive, sandbox }, _session, deps) => {
    const { path: from, rules } = targetOf({ path: sourcePath, sandbox }, deps)
    return copy({ from, to: pathOf(destinationPath), recursive, rules })
  }),
  'fs/watchMissing': method(schemas.WATCH_MISSING, ({ watchId, missing, present }, session) =>
    session.missing.watch(watchId, {
      missing: missing.map(pathOf),
      present: typeof present === 'string' ? pathOf(present) : undefined,
    }),
  ),

  'http/request': method(schemas.HTTP, (params, session) => session.http.run(params)),
}
