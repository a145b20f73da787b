/** Proves that no tool creates anything without the labels by which it is found again: each says what it makes, and is tried. */
import { openHttpService, verifies } from '@towline/testkit'
import { z } from 'zod'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TOOLS, toolNamed } from '../catalogue.ts'
import { callOf, openWorkstation, type Workstation } from './tools.fixture.ts'

const url = 'tow://lab'

/** What carries labels, by arguments of the tool that makes it; `port` is one that answers. */
const LABELLED: Readonly<Record<string, (port: number) => object>> = {
  towline_local_tunnel_expose: (port) => ({ port, labels: { own: 'yes' } }),
  towline_remote_expose: (port) => ({ url, port, labels: { own: 'yes' } }),
  towline_webtty_exec: () => ({ url, argv: ['true'] }),
}

/** What has no labels, and is told by the audit trail with its agent and thread. */
const TOLD = [
  ...['towline_token_create', 'towline_project_create', 'towline_project_rename', 'towline_project_delete'],
  ...['towline_webtty_fs_write', 'towline_webtty_fs_upload', 'towline_webtty_fs_download', 'towline_webtty_fs_mkdir'],
  ...['towline_webtty_fs_move', 'towline_webtty_fs_delete', 'towline_remote_mcp_call'],
]

/** These make nothing, or only what this workstation keeps for itself. */
const NOTHING = [
  ...['towline_auth_start', 'towline_auth_poll', 'towline_runtime_prepare', 'towline_cleanup'],
  ...['towline_local_tunnel_stop', 'towline_remote_expose_stop'],
  ...['towline_webtty_exec_write', 'towline_webtty_exec_signal'],
]

class Asked extends Error {}

describe('labels of what tools create', () => {
  let workstation: Workstation
  let service: Awaited<ReturnType<typeof openHttpService>>
  beforeAll(async () => {
    workstation = await openWorkstation({ site: { api: { domain: 'localhost' } } })
    service = await openHttpService((_request, response) => response.end('hi'))
  })
  afterAll(async () => {
    await workstation?.close()
    await service?.close()
  })

  it('every tool that changes something says what it makes', () => {
    verifies('guard.labels')
    const changing = TOOLS.filter(({ hints }) => hints.readOnly !== true).map(({ name }) => name)
    expect([...Object.keys(LABELLED), ...TOLD, ...NOTHING].toSorted()).toEqual(changing.toSorted())
  })

  it.each(Object.entries(LABELLED))('%s makes nothing before it has its labels', async (name, argsOf) => {
    verifies('guard.labels')
    const tool = toolNamed(name)
    const given = argsOf(service.port)
    const asked: unknown[] = []
    const call = {
      ...callOf(workstation.deps, new AbortController().signal),
      labels: (purpose: string, extra?: object) => {
        asked.push([purpose, extra])
        throw new Asked()
      },
    }
    await expect(tool.run(z.strictObject(tool.input.shape).parse(given), call)).rejects.toThrow(Asked)
    expect(asked).toEqual([[expect.stringMatching(/./), (given as { labels?: object }).labels]])
  })
})
