/** Owns the work of the hidden `towline local serve`. */
import { createLog } from '@towline/base'
import { openDaemon } from '@towline/operations'
import type { Io } from '../io.ts'
import { AGENT } from '../version.ts'
import { aborted } from './waiting.ts'

/** Ends when it is told to, or was idle for long; at once when another one serves this user. */
export const run = async (io: Io): Promise<void> => {
  const log = createLog({ level: 'info', stream: io.stderr })
  const daemon = await openDaemon({ env: io.env, agent: AGENT, log })
  if (!daemon) return log.info('another supervisor serves this user')
  await Promise.race([aborted(io.signal), daemon.over])
  await daemon.close()
}
