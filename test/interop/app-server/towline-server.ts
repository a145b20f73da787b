/** Owns our app-server as a user starts it, with a model of this machine that plays the story. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, launch } from '../processes.ts'
import { towline } from '../towline.ts'
import type { StoryServer } from './played-story.ts'
import { openStoryModel } from './story-model.ts'

/** Of commands and patches a person is asked. */
const CAREFUL = 'approval_policy = "on-request"\nsandbox_mode = "read-only"\n'

/** `cwd` is where it works. */
export const openTowlineServer = async (cwd: string): Promise<StoryServer> => {
  const home = folder('app-server')
  const model = await openStoryModel()
  const own = join(home.path, 'app-server')
  mkdirSync(own)
  writeFileSync(join(own, 'config.toml'), CAREFUL + model.settings)
  const env = { HOME: home.path, TOWLINE_HOME: home.path, TOWLINE_LOG: 'warn', NO_COLOR: '1' }
  const server = launch(towline('app-server', '--listen', 'ws://127.0.0.1:0', '--cwd', cwd), { cwd, env })
  const close = async (): Promise<void> => {
    await server.stop()
    await model.close()
    home.remove()
  }
  try {
    const [, port] = await server.said(/^ws:\/\/127\.0\.0\.1:(\d+)$/m)
    return { port: Number(port), release: model.release, close }
  } catch (error) {
    await close()
    throw error
  }
}
