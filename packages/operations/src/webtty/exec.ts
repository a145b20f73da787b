/** Owns running one command on a machine. */
import { AppError, type ExecResult, type OpenRequest } from '@towline/protocol'
import { type RunExecOptions, watchExec, type Watched } from '@towline/webtty'
import { type Machine, type MachineRequest, openMachine } from './machine.ts'

export interface ExecRequest extends MachineRequest {
  readonly request: OpenRequest
  readonly maxOutputBytes?: number | undefined
  readonly onOutput?: RunExecOptions['onOutput']
  readonly onOpened?: RunExecOptions['onOpened']
  readonly onDrained?: RunExecOptions['onDrained']
  /** Leaves the command running after so many milliseconds; the answer is `running` then. */
  readonly yieldMs?: number | undefined
}

/**
 * Answers when the command is over, or what is known when the connection broke (`lost`). Rejects when nothing was started:
 * the machine was not reached or not proven, or it refused.
 */
export const execOn = async (ask: ExecRequest): Promise<ExecResult> => (await watchOn(ask)).result

/** The same, with where output was left out. */
export const watchOn = async (ask: ExecRequest): Promise<Watched> => {
  const { request, maxOutputBytes, onOutput, onOpened, onDrained, yieldMs, signal, url } = ask
  const machine = await openMachine(ask)
  try {
    const connection = await machine.connect(signal)
    const { result, gaps } = await watchExec(connection, request, {
      url,
      signal,
      ...(machine.fingerprint !== undefined && { keyFingerprint: machine.fingerprint }),
      ...(maxOutputBytes !== undefined && { maxOutputBytes }),
      ...(onOutput && { onOutput }),
      ...(onOpened && { onOpened }),
      ...(onDrained && { onDrained }),
      ...(yieldMs !== undefined && { yieldMs }),
    })
    connection.close()
    return { result: told(result, machine), gaps }
  } finally {
    await machine.close()
  }
}

/** A loss that encryption brought about says so: the client was taken off the list, or somebody changed what passed. */
const told = (result: ExecResult, machine: Machine): ExecResult =>
  result.state === 'lost' && result.error
    ? { ...result, error: machine.whyLost(AppError.from(result.error)).toJSON() }
    : result
