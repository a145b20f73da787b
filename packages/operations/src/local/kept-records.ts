/** Owns what can be told and done about managed tunnels while no supervisor runs: all of them are over. */
import { withFileLock } from '@towline/base'
import { AppError } from '@towline/protocol'
import type { LocalStopped, LocalTunnel } from './local-tunnel.ts'
import { stoppedOf, stopRecord } from './managed-tunnels.ts'
import type { LocalPlace } from './place.ts'
import { readBootId, readState, recovered, writeState } from './state-file.ts'

export const listKept = async (place: LocalPlace): Promise<readonly LocalTunnel[]> =>
  recovered(await readState(place), await readBootId(), Math.floor(Date.now() / 1000))

/** Nobody serves it, so only its record is ended. Rejects with LOCAL_UNKNOWN. */
export const stopKept = async (place: LocalPlace, id: string): Promise<LocalStopped> => {
  if (!(await listKept(place)).some((tunnel) => tunnel.id === id)) throw new AppError('LOCAL_UNKNOWN', { id })
  return await withFileLock(place.turn, async () => {
    const tunnels = await listKept(place)
    const found = tunnels.find((tunnel) => tunnel.id === id)
    if (!found) throw new AppError('LOCAL_UNKNOWN', { id })
    await writeState(place, { tunnels: stopRecord(tunnels, id) })
    return stoppedOf(found)
  })
}

export const stopAllKept = async (place: LocalPlace): Promise<readonly LocalStopped[]> => {
  const stopped: LocalStopped[] = []
  for (const { id, status } of await listKept(place)) if (status !== 'stopped') stopped.push(await stopKept(place, id))
  return stopped
}
