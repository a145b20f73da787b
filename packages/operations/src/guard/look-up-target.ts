/** Owns asking the inventory what a machine or tunnel is called and labelled. Hosts say so themselves: nothing of it is proven. */
import type { Tunnel } from '@towline/protocol'
import type { Connection } from '../context/connection.ts'
import { listTunnels } from '../inventory/list-tunnels.ts'
import type { KnownTarget } from './decide.ts'
import { plainTarget } from './plain-target.ts'

/** By name, `tow://name`, id or public URL. Undefined where there is none, several, or one that the credential sees in part only. */
export const lookUpTarget = async (
  connection: Connection,
  given: string,
  signal?: AbortSignal,
): Promise<KnownTarget | undefined> => {
  const { name } = plainTarget(given)
  const found = (await listTunnels(connection, { signal })).filter((tunnel) => isCalled(tunnel, name))
  const [only, ...more] = found as readonly Partial<Tunnel>[]
  if (only?.name === undefined || only.labels === undefined || more.length > 0) return undefined
  return { names: [only.name, ...(only.id === undefined ? [] : [only.id])], labels: only.labels }
}

const isCalled = ({ id, name, url }: Partial<Tunnel>, given: string): boolean =>
  id === given || name === given || (url !== undefined && originOf(url) === originOf(given))

/** Of a web address; anything else is compared as it is. */
const originOf = (text: string): string => (/^https?:/i.test(text) && URL.canParse(text) ? new URL(text).origin : text)
