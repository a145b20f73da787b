/** Owns the work of `towline forward`. */
import {
  forward,
  type ForwardOptions,
  forwardSpec,
  type ForwardState,
  parseTarget,
  type Transport,
} from '@towline/operations'
import type { ServerOptions } from '../command.ts'
import { type Io, line } from '../io.ts'
import { plainLine, viewLines } from '../live/forward-view.ts'
import { openScreen } from '../live/screen.ts'
import { safeJson } from '../output/safe-json.ts'
import { styleFor } from '../output/style.ts'
import { AGENT } from '../version.ts'
import { connectionOf } from './connection.ts'

export interface ForwardCommandOptions extends ForwardOptions, ServerOptions {
  readonly transport: Transport
  readonly output: 'text' | 'json'
}

/** Serves until it is told to end, which is success, or the server ends the tunnel for good, which is an error. */
export const run = async (io: Io, text: string, options: ForwardCommandOptions): Promise<void> => {
  const target = parseTarget(text)
  const spec = forwardSpec(options, target)
  const connection = await connectionOf(io, options)
  const reporter = reporterFor(io, options.output)
  try {
    await forward({
      connection,
      target,
      spec,
      transport: options.transport,
      agent: AGENT,
      signal: io.signal,
      onState: reporter.tell,
    })
  } finally {
    reporter.close()
  }
}

export interface Reporter {
  readonly tell: (state: ForwardState) => void
  close(): void
}

export const reporterFor = (io: Io, output: 'text' | 'json'): Reporter => {
  if (output === 'json') return onChange((state) => line(io, safeJson(jsonOf(state))))
  return io.isTty.stdout ? liveReporter(io) : onChange((state) => line(io, plainLine(state)))
}

/** Figures alone are no news: a line is printed when the status is another one. */
const onChange = (print: (state: ForwardState) => void): Reporter => {
  let last: ForwardState['status'] | undefined
  return {
    tell(state) {
      if (state.status === last) return
      last = state.status
      print(state)
    },
    close() {},
  }
}

const liveReporter = (io: Io): Reporter => {
  const screen = openScreen(io)
  const style = styleFor(io, 'stdout')
  return {
    tell: (state) => screen.draw(viewLines(state, style, io.columns())),
    close: () => screen.close(),
  }
}

/** One object of the stream (tunnel.forward.json); absent fields are not known yet. */
const jsonOf = ({ status, tunnel, target, error, reconnects }: ForwardState): object => ({
  status,
  ...(tunnel && { tunnelId: tunnel.id, url: tunnel.url, name: tunnel.name, kind: tunnel.kind, labels: tunnel.labels }),
  target,
  reconnects,
  ...(error && { error: error.toJSON() }),
})
