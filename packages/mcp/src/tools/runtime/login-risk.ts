/** Owns the risk of a login: whether a person has to say yes to the server before that server may say anything for a person. */
import { type Env, findLoginServer, readContexts } from '@towline/operations'
import { parseServerUrl, shown } from '@towline/protocol'
import type { ToldRisk } from '../../tool.ts'

/**
 * At a server that this workstation knows, a person approves it there, in a browser that no agent has. Another one could
 * approve it by itself, and on its pages all that is asked about from then on; and a context of another server that is
 * replaced leads whoever uses its name elsewhere. Rejects as findLoginServer does.
 */
export const loginRisk = async (env: Env, text: string | undefined, context: string | undefined): Promise<ToldRisk> => {
  const { url, name } = await findLoginServer(env, text, { name: context })
  const { contexts } = await readContexts(env)
  const replaced = contexts.find((one) => one.name === name)
  if (replaced && !isSame(replaced.url, url))
    return {
      risk: 'settings',
      because: `the context "${shown(name)}" would lead to ${url}, and no more to ${replaced.url}`,
    }
  const known = [...contexts.map((one) => one.url), ...(env['TOWLINE_URL'] ? [env['TOWLINE_URL']] : [])]
  if (known.some((one) => isSame(one, url))) return { risk: 'own' }
  const because = `${url} is no server of this workstation yet; its pages could then allow what agents ask for here`
  return { risk: 'settings', because }
}

const isSame = (one: string, other: string): boolean => parseServerUrl(one).url === parseServerUrl(other).url
