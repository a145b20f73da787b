/** Owns our app-server as a user starts it, with a model of this machine that plays the story. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, launch, type Running } from '../processes.ts'
import { towline } from '../towline.ts'
import type { StoryServer } from './played-story.ts'
import { openRecorder, type Recorder } from './recorder.ts'
import { stockSchemas } from './stock-schemas.ts'
import { openStoryModel } from './story-model.ts'

/** Of commands and patches a person is asked. */
const CAREFUL = 'approval_policy = "on-request"\nsandbox_mode = "read-only"\n'

export interface TowlineServer extends StoryServer {
  /** Settings of a Towline on this machine. */
  readonly env: Readonly<Record<string, string>>
  /** Kills it as a power cut does, and starts it again on the same port. */
  again(): Promise<void>
  /** What it said besides where it listens. */
  complaints(): string
}

/** What clients of another version say is not judged. */
const SAID_BY_CLIENT = /^(?:request|serverResponse|client)\b/

/** `cwd` is where it works. Closing it throws what stock Codex would object to in what it said. */
export const openTowlineServer = async (cwd: string): Promise<TowlineServer> => {
  const home = folder('app-server')
  const model = await openStoryModel()
  const own = join(home.path, 'app-server')
  mkdirSync(own)
  writeFileSync(join(own, 'config.toml'), CAREFUL + model.settings)
  const env = { HOME: home.path, TOWLINE_HOME: home.path, TOWLINE_LOG: 'warn', NO_COLOR: '1' }
  const begin = async (at: number): Promise<Running & { readonly port: number }> => {
    const running = launch(towline('app-server', '--listen', `ws://127.0.0.1:${at}`, '--cwd', cwd), { cwd, env })
    const [, port] = await running.said(/^ws:\/\/127\.0\.0\.1:(\d+)$/m)
    return { ...running, port: Number(port) }
  }
  let server: Running | undefined
  let recorder: Recorder | undefined
  const close = async (): Promise<void> => {
    await recorder?.close()
    await server?.stop()
    await model.close()
    home.remove()
    const objections = recorder?.complaints().filter((told) => !SAID_BY_CLIENT.test(told)) ?? []
    if (objections.length > 0) throw new Error(objections.join('\n'))
  }
  try {
    const first = await begin(0)
    server = first
    recorder = await openRecorder(`ws://127.0.0.1:${first.port}`, await stockSchemas())
    const again = async (): Promise<void> => {
      process.kill(first.pid, 'SIGKILL')
      await first.ended()
      server = await begin(first.port)
    }
    const complaints = (): string => (server as Running).output().replace(/^ws:.*\n/, '')
    return { port: Number(new URL(recorder.url).port), env, again, complaints, release: model.release, close }
  } catch (error) {
    await close()
    throw error
  }
}
