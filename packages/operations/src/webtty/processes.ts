/** Owns the processes of a machine that somebody started earlier: seen, read, written to, signalled, waited for. */
import { type Exit, FD, type Fd, type ProcessInfo, type SignalName } from '@towline/protocol'
import type { RemoteProcess, RemoteSink, WebttyConnection } from '@towline/webtty'
import { orAbort } from '../or-abort.ts'
import { type MachineRequest, openMachine } from './machine.ts'

/** Asks over one connection and closes everything. */
export const withConnection = async <T>(
  request: MachineRequest,
  ask: (connection: WebttyConnection) => Promise<T>,
): Promise<T> => {
  const machine = await openMachine(request)
  try {
    const connection = await machine.connect(request.signal)
    try {
      return await ask(connection)
    } catch (error) {
      throw machine.why(error)
    } finally {
      connection.close()
    }
  } finally {
    await machine.close()
  }
}

/** Those that run and those whose results are kept, oldest first. */
export const listProcesses = (request: MachineRequest): Promise<readonly ProcessInfo[]> =>
  withConnection(request, (connection) => connection.list())

export interface ProcessRequest extends MachineRequest {
  readonly processId: string
}

const NO_SINK: RemoteSink = { output: () => undefined }

/** Comes to a process, and leaves it as it is. */
export const withProcess = <T>(
  request: ProcessRequest,
  {
    offsets = {},
    sink = NO_SINK,
  }: { readonly offsets?: Readonly<Partial<Record<Fd, number>>>; readonly sink?: RemoteSink },
  use: (process: RemoteProcess) => Promise<T>,
): Promise<T> =>
  withConnection(request, async (connection) => {
    const process = connection.attach({ processId: request.processId, offsets }, { sink })
    await process.opened
    try {
      return await use(process)
    } finally {
      await process.detach()
    }
  })

export interface SignalRequest extends ProcessRequest {
  readonly name: SignalName
  readonly leaderOnly?: boolean | undefined
}

/** Sends a signal to the process and what it started. */
export const signalProcess = (request: SignalRequest): Promise<void> =>
  withProcess(request, {}, async (process) => {
    process.signal(request.name, request.leaderOnly ? 'leader' : 'group')
    await heard(process)
  })

/** Resolves when the machine has all that it was sent: it heard that we leave, or said how the process ended. */
export const heard = async (process: RemoteProcess): Promise<void> => {
  if (!(await process.detach())) await process.exit
}

/** Waits until it ends; for one that has ended it answers at once. */
export const waitForProcess = (request: ProcessRequest): Promise<Exit> =>
  withProcess(request, {}, (process) => orAbort(process.exit, request.signal))

export interface OutputRequest extends ProcessRequest {
  /** Which outputs to read, and from which byte on. */
  readonly offsets: Readonly<Partial<Record<Fd, number>>>
  /** Until it ends; otherwise until what is there has been read. */
  readonly follow: boolean
  /** `bytes` is valid only during the call. A promise asks to wait. */
  readonly onOutput: (fd: Fd, bytes: Uint8Array) => void | Promise<void>
}

/** Resolves when all is read that was asked for. */
export const readOutput = async (request: OutputRequest): Promise<void> => {
  const { onOutput, offsets, follow, signal } = request
  let process: RemoteProcess | undefined
  const idle = new Idle()
  const sink: RemoteSink = {
    output: (fd, offset, bytes) => {
      idle.busy()
      const done = onOutput(fd, bytes)
      const end = offset + bytes.length
      if (!done) return process?.consumed(fd, end)
      void done.then(() => process?.consumed(fd, end))
    },
    snapshot: ({ data }) => void onOutput(FD.pty, data),
  }
  await withProcess(request, { offsets, sink }, async (attached) => {
    process = attached
    await orAbort(follow ? attached.exit : Promise.race([attached.exit, idle.reached]), signal)
  })
}

/** What is there comes without a pause; that it is over is known by a silence. */
class Idle {
  readonly reached: Promise<void>
  #timer: NodeJS.Timeout | undefined
  #done: () => void = () => {}

  constructor() {
    this.reached = new Promise((done) => {
      this.#done = done
    })
    this.busy()
  }

  busy(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#done, SILENT_MS)
  }
}

const SILENT_MS = 300
