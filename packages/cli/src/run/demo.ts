/** Owns the work of `towline demo`: each step is proven, told, and then the sample stays published. */
import { type Connection, listTunnels } from '@towline/operations'
import { AppError, LIMITS } from '@towline/protocol'
import { proveDial } from '../demo/prove-dial.ts'
import { PUBLIC_PROOFS } from '../demo/proofs.ts'
import { openStage, type Stage } from '../demo/stage.ts'
import { type Io, line } from '../io.ts'
import { safeJson } from '../output/safe-json.ts'
import { styleFor } from '../output/style.ts'
import { aborted, within } from './waiting.ts'

export interface DemoOptions {
  readonly once?: boolean
  readonly output: 'text' | 'json'
}

type Step = readonly [step: string, prove: (signal: AbortSignal) => Promise<string>]

/** Without a terminal nobody could press Ctrl-C, so it ends by itself. Throws PROOF_FAILED with the step. */
export const run = async (io: Io, options: DemoOptions): Promise<void> => {
  const tell = teller(io, options)
  const started = performance.now()
  const stage = await openStage(io)
  try {
    const { server, published } = stage
    tell('server', `relay, API and store at ${server.url}`)
    tell('tunnel', `${published.url} online ${(performance.now() - started).toFixed(0)} ms after the start`)
    for (const [step, prove] of steps(stage)) tell(step, await proven(io, step, prove))
    end(io, options, published.url)
    if (!options.once && io.isTty.stdout) await Promise.race([aborted(io.signal), stage.broken])
  } finally {
    await within(stage.close(), LIMITS.cliDrainMs)
  }
}

const steps = ({ server, published, dialed, connection }: Stage): readonly Step[] => {
  const url = new URL(published.url)
  const edge = { host: '127.0.0.1', port: server.port }
  return [
    ...PUBLIC_PROOFS.map(([step, prove]): Step => [step, (signal) => prove({ url, edge, signal })]),
    ['private dial', (signal) => proveDial({ connection, tunnel: dialed, signal })],
    ['inventory', (signal) => proveInventory(connection, signal)],
  ]
}

/** Both tunnels are found by the label they were given. */
const proveInventory = async (connection: Connection, signal: AbortSignal): Promise<string> => {
  const tunnels = await listTunnels(connection, { filter: 'labels.purpose=demo,status=online', signal })
  if (tunnels.length !== 2) throw new Error(`${tunnels.length} of 2 tunnels are listed`)
  return tunnels.map(({ kind, name }) => `${name} (${kind})`).join(', ')
}

const proven = async (io: Io, step: string, prove: Step[1]): Promise<string> => {
  const deadline = AbortSignal.timeout(LIMITS.demoStepMs)
  try {
    return await prove(AbortSignal.any([io.signal, deadline]))
  } catch (error) {
    if (io.signal.aborted) throw new DOMException('interrupted', 'AbortError')
    const problem = deadline.aborted ? `nothing came for ${LIMITS.demoStepMs / 1000} s` : messageOf(error)
    throw new AppError('PROOF_FAILED', { step, problem }, { cause: error })
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const teller = (io: Io, { output }: DemoOptions): ((step: string, figures: string) => void) => {
  if (output === 'json') return (step, figures) => line(io, safeJson({ status: 'proven', step, figures }))
  const style = styleFor(io, 'stdout')
  return (step, figures) => line(io, `${style.green('✓')} ${step.padEnd(13)} ${style.dim(figures)}`)
}

const end = (io: Io, { once, output }: DemoOptions, url: string): void => {
  if (output === 'json') return line(io, safeJson({ status: 'done', url }))
  const style = styleFor(io, 'stdout')
  if (once || !io.isTty.stdout) return line(io, `All steps passed. The page was at ${url}`)
  line(io, `\nOpen ${style.bold(style.cyan(url))} in a browser.\n${style.dim('Ctrl-C ends the demo.')}`)
}
