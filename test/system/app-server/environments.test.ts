/** Proves that turns run where they are told to: on this machine, or through an exec-server that a client names. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, type Program, start, towline, verifies } from '@towline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandAgent, openCommandAgent } from './command-agent.ts'

const ALL = '[shell_environment_policy]\ninherit = "all"\n'

let agent: CommandAgent
let far: Program | undefined
beforeEach(async () => {
  agent = await openCommandAgent()
})
afterEach(async () => {
  await agent?.close()
  await far?.stop()
})

describe('app-server agent, environments', () => {
  it('works where its thread says, unless a turn says otherwise', async () => {
    verifies('agent.environments')
    const there = join(agent.root, 'there')
    mkdirSync(there)
    const env = { PATH: '/usr/bin:/bin', HOME: agent.root, PLACE: 'far' }
    const server = start(towline('exec-server', '--listen', '127.0.0.1:0', '--cwd', there), { env, cwd: there })
    far = server
    const [, url, token] = await eventually(
      'its address and token',
      () => /^(ws:\S+)\ntoken (\S+)$/m.exec(server.stdout()) ?? undefined,
    )
    const client = await agent.open({ more: ALL, variables: { PLACE: 'near' } })
    const added = { environmentId: 'far', execServerUrl: url, authBearerToken: token }
    expect(await client.ask('environment/add', added)).toMatchObject({ result: {} })
    const environments = [{ environmentId: 'far', cwd: there }]
    const settings = { cwd: there, sandbox: 'workspace-write', approvalPolicy: 'never', environments }
    const { result } = await client.ask('thread/start', settings)
    const threadId = result.thread.id as string
    const where = async (over?: object): Promise<string> =>
      String((await agent.turn(client, threadId, 'echo "$PLACE $PWD"', over)).item.aggregatedOutput)
    expect(await where()).toBe(`far ${there}\n`)
    const here = { environments: [{ environmentId: 'local', cwd: agent.work }] }
    expect(await where(here)).toBe(`near ${agent.work}\n`)
    expect(
      await client.ask('thread/start', { environments: [{ environmentId: 'nowhere', cwd: there }] }),
    ).toMatchObject({
      error: { code: -32600, message: expect.stringMatching(/unknown (turn )?environment id `nowhere`/) },
    })
  })
})
