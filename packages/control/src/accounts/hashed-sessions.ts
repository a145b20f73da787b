/** Owns storing session tokens as hashes: whoever reads the database can sign in as nobody. */
import type { DBAdapter, Where } from 'better-auth'
import { sha256 } from '../oauth/record-id.ts'

type Adapter = DBAdapter

/** Operations that find rows by conditions, whose first argument names the model. */
const FINDING = ['findOne', 'findMany', 'update', 'updateMany', 'delete', 'deleteMany', 'count', 'consumeOne'] as const

type Request = { readonly model: string; readonly where?: Where[]; readonly data?: Record<string, unknown> }

/** The adapter with the tokens of sessions hashed on their way in, and put back into what is found by them. */
export const hashedSessions = (inner: Adapter): Adapter => {
  const outer: Record<string, unknown> = { ...inner }
  for (const name of FINDING) {
    const call = (inner as unknown as Record<string, ((request: Request) => Promise<unknown>) | undefined>)[name]
    if (call) outer[name] = async (request: Request) => restored(await call(hashed(request)), request)
  }
  outer['create'] = async (request: Request) => {
    const token = request.data?.['token']
    if (request.model !== 'session' || typeof token !== 'string') return inner.create(request as never)
    const data = { ...request.data, token: sha256(token) }
    return { ...(await inner.create({ ...request, data } as never)), token }
  }
  outer['transaction'] = <T>(work: (adapter: Adapter) => Promise<T>) =>
    inner.transaction((step) => work(hashedSessions(step as Adapter) as never))
  return outer as unknown as Adapter
}

const isToken = ({ field }: Where): boolean => field === 'token'

const hashed = (request: Request): Request =>
  request.model !== 'session' || !request.where?.some(isToken)
    ? request
    : {
        ...request,
        where: request.where.map((one) => (isToken(one) ? { ...one, value: hashedValue(one.value) } : one)),
      }

const hashedValue = (value: Where['value']): Where['value'] =>
  Array.isArray(value) ? value.map((one) => sha256(String(one))) : sha256(String(value))

/** Who asked by a token knows it; a list by person tells hashes, which open nothing. */
const restored = (found: unknown, { model, where }: Request): unknown => {
  const tokens = model === 'session' ? where?.filter(isToken).flatMap(({ value }) => value) : undefined
  if (!tokens || tokens.length === 0) return found
  const byHash = new Map(tokens.map((token) => [sha256(String(token)), String(token)]))
  const restore = (row: unknown): unknown => {
    const token =
      typeof row === 'object' && row !== null ? byHash.get(String((row as { token?: unknown }).token)) : undefined
    return token === undefined ? row : { ...(row as object), token }
  }
  return Array.isArray(found) ? found.map(restore) : restore(found)
}
