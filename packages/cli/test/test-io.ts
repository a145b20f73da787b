/** Owns surroundings for tests of the command line: streams that are remembered, no terminal, no signals of the process. */
import { PassThrough, type Writable } from 'node:stream'
import type { Io } from '../src/io.ts'

export interface TestIo {
  readonly io: Io
  /** What was written so far. */
  stdout(): string
  stderr(): string
  /** As SIGINT or SIGTERM would. */
  end(): void
}

export interface TestIoOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly tty?: boolean
  readonly stdin?: PassThrough
  readonly stdout?: Writable
}

const remembering = (): { stream: PassThrough; text(): string } => {
  const stream = new PassThrough()
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  return { stream, text: () => text }
}

export const testIo = ({ env = {}, tty = false, stdin = new PassThrough(), stdout }: TestIoOptions = {}): TestIo => {
  const [out, err, ending] = [remembering(), remembering(), new AbortController()]
  return {
    io: {
      env,
      stdin,
      stdout: stdout ?? out.stream,
      stderr: err.stream,
      endStdout: () => void (stdout ?? out.stream).end(),
      isTty: { stdin: tty, stdout: tty, stderr: tty },
      columns: () => 80,
      signal: ending.signal,
    },
    stdout: out.text,
    stderr: err.text,
    end: () => ending.abort(),
  }
}
