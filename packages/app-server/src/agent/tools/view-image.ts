/** Owns the tool by which the model looks at an image file of an environment. */
import { resolve } from 'node:path'
import { LIMITS } from '@towline/protocol'
import { z } from 'zod'
import { SandboxFailure } from '../interrupted.ts'
import { sandboxOf } from '../policy/sandbox-context.ts'
import type { ToolSpec } from '../tool.ts'
import { type Place, placeOf } from '../turn-scope.ts'
import { imageType } from './image-type.ts'
import { type OwnTool, ToolRefusal } from './own-tool.ts'
import { parseInput } from './parse-input.ts'
import { problemOf, sandboxProblem } from './problem.ts'

const INPUT = z.object({ path: z.string().min(1), environment_id: z.string().optional() })

const SPEC: ToolSpec = {
  ...{ type: 'function', name: 'view_image', strict: false },
  description: 'Shows you an image file (PNG, JPEG, GIF or WebP).',
  parameters: {
    ...{ type: 'object', required: ['path'], additionalProperties: false },
    properties: { path: { type: 'string', description: 'Absolute, or below the folder of the turn.' } },
  },
}

export const VIEW_IMAGE: OwnTool = {
  name: 'view_image',
  parallel: true,
  spec: ({ context }) => (context.settings.environments.length > 0 ? SPEC : undefined),
  run: async (scope, { callId, input }) => {
    const { path: asked, environment_id: id } = parseInput(INPUT, input)
    const place = placeOf(scope, id)
    if (place === undefined) throw new ToolRefusal(`unknown environment_id ${id ?? ''}`)
    const path = resolve(place.cwd, asked)
    const bytes = await read(place, path)
    const type = imageType(bytes)
    if (type === undefined) throw new ToolRefusal(`unable to show ${path}: it is no PNG, JPEG, GIF or WebP image`)
    const item = { type: 'imageView', id: callId, path } as const
    scope.teller.started(item)
    scope.teller.completed(item)
    return [{ type: 'input_image', image_url: `data:${type};base64,${Buffer.from(bytes).toString('base64')}` }]
  },
}

const read = async ({ environment, sandbox }: Place, path: string): Promise<Uint8Array> => {
  const context = sandboxOf(sandbox)
  const fail = (error: unknown): never => {
    const problem = sandboxProblem(error)
    if (problem !== undefined) throw new SandboxFailure(problem)
    throw new ToolRefusal(`unable to show ${path}: ${problemOf(error)}`)
  }
  const found = await environment.files.metadata(path, context).catch(fail)
  if (found === undefined) throw new ToolRefusal(`unable to show ${path}: there is no such file`)
  if (!found.isFile) throw new ToolRefusal(`unable to show ${path}: it is no file`)
  if (found.size > LIMITS.agentImageBytes)
    throw new ToolRefusal(`unable to show ${path}: it has more than ${LIMITS.agentImageBytes} bytes`)
  return environment.files.read(path, context).catch(fail)
}
