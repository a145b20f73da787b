/** Owns the work of `towline webtty output`. */
import { readOutput } from '@towline/operations'
import { AppError, FD, type Fd } from '@towline/protocol'
import type { Io } from '../io.ts'
import type { WebttyOptions } from '../webtty-options.ts'
import { machineRequest } from './machine.ts'
import { byteCount } from './webtty-request.ts'
import { writeBytes } from './write-bytes.ts'

export interface WebttyOutputOptions extends WebttyOptions {
  readonly from?: string
  readonly stream?: string
  readonly follow?: boolean
}

const STREAMS: Readonly<Record<string, readonly Fd[]>> = {
  all: [FD.stdout, FD.stderr, FD.pty],
  stdout: [FD.stdout],
  stderr: [FD.stderr],
  pty: [FD.pty],
}

export const run = async (io: Io, processId: string, options: WebttyOutputOptions): Promise<void> => {
  const { stream = 'all', from = '0', follow = false } = options
  const fds = STREAMS[stream]
  if (!fds)
    throw new AppError('OPTION_INVALID', {
      option: '--stream',
      value: stream,
      problem: 'it is one of stdout, stderr, pty',
    })
  const offset = byteCount(from, '--from')
  await readOutput({
    ...machineRequest(io, options),
    processId,
    offsets: Object.fromEntries(fds.map((fd) => [fd, offset])),
    follow,
    onOutput: (fd, bytes) => writeBytes(fd === FD.stderr ? io.stderr : io.stdout, bytes),
  })
}
