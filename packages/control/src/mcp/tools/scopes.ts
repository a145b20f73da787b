/** Owns which scopes a tool needs: to use tools at all, and what its operation requires. */
import { covers, permissionsCovering, type Permission, type Rule } from '@towline/protocol'
import type { Operation } from '../../api/operation.ts'

/** What using tools requires. */
const TOOL_RULE: Rule = { resource: 'control.mcp', action: 'call' }

const BASE: readonly [Permission, ...Permission[]] = ['mcp']

/** The least that will do, all of it: a client asks for it in one step. */
export const toolScopes = ({ rules }: Pick<Operation, 'rules'>): readonly [Permission, ...Permission[]] => {
  const more = rules.filter((rule) => !covers(BASE, rule)).flatMap((rule) => permissionsCovering(rule).slice(0, 1))
  return [...BASE, ...new Set(more)] as [Permission, ...Permission[]]
}

/** Whether permissions let their holder call the tool somewhere. */
export const mayCall = (held: readonly Permission[], { rules }: Pick<Operation, 'rules'>): boolean =>
  [TOOL_RULE, ...rules].every((rule) => covers(held, rule))
