/** Owns an agent with a model and a folder for tests of turns. */
import { tempFolder } from '@towline/testkit'
import { openTurn, type TurnOptions } from './agent.fixture.ts'
import { type FakeModel, functionCall, openFakeModel } from './model.fixture.ts'
import { type Agent, openAgent } from './open-agent.ts'

const closing: (() => unknown)[] = []

export const endStages = async (): Promise<void> => {
  for (const close of closing.splice(0).toReversed()) await close()
}

export interface Stage {
  readonly model: FakeModel
  readonly agent: Agent
  readonly cwd: string
  readonly allowed: (readonly string[])[]
  turn(over?: Partial<TurnOptions>): ReturnType<typeof openTurn>
}

/** An agent that asks a model which says `script`, and turns in a folder of their own. */
export const stage = async (script: Parameters<typeof openFakeModel>[0]): Promise<Stage> => {
  const model = await openFakeModel(script)
  const folder = tempFolder('agent')
  const allowed: (readonly string[])[] = []
  const agent = openAgent({
    env: { FAKE_KEY: 'sk-secret' },
    allow: (pattern) => {
      allowed.push(pattern)
      return Promise.resolve()
    },
  })
  closing.push(
    () => folder.remove(),
    () => model.close(),
    () => agent.close(),
  )
  return { model, agent, cwd: folder.path, allowed, turn: (over) => openTurn({ model, cwd: folder.path, ...over }) }
}

/** A promise, and what settles it. */
export const later = <T>() => {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((done) => (resolve = done))
  return { promise, resolve }
}

/** A call of the model that runs a command. */
export const exec = (cmd: string, more: object = {}, callId = 'call_1') =>
  functionCall('exec_command', { cmd, ...more }, callId)
