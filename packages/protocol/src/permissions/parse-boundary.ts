/** Owns reading resource boundaries strictly: unknown keys, empty lists and anything over its bound are refused. */
import { AppError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { TUNNEL_ACTIONS, type TunnelAction } from '../permissions.ts'
import { shown } from '../shown.ts'
import type { Boundary, BoundaryLeaf, TunnelScopes } from './boundary.ts'
import { SELECTABLE_FIELDS } from './fields.ts'
import { parseMatch, parseText } from './parse-match.ts'
import { printBoundary } from './print-boundary.ts'
import { fail, isObject, type Json, type Reading, refuseUnknown } from './reading.ts'

/** A checked copy of what JSON held. Throws BOUNDARY_INVALID; regexes are only counted and measured, `compileBoundary` compiles them. */
export const parseBoundary = (value: unknown): Boundary => {
  const boundary = parseNode(value, { at: 'it', depth: 1, regexes: { count: 0 } })
  const { length } = printBoundary(boundary)
  if (length > LIMITS.boundaryChars) {
    throw fail('it', `it has ${length} characters, at most ${LIMITS.boundaryChars} fit`)
  }
  return boundary
}

/** A boundary from text. Throws BOUNDARY_INVALID. */
export const readBoundary = (text: string): Boundary => {
  if (text.length > LIMITS.boundaryChars * 4) throw fail('it', `it has ${text.length} characters`)
  try {
    return parseBoundary(JSON.parse(text))
  } catch (error) {
    throw error instanceof AppError ? error : fail('it', 'it is not JSON')
  }
}

const parseNode = (value: unknown, reading: Reading): Boundary => {
  const { at, depth } = reading
  if (depth > LIMITS.boundaryDepth) throw fail(at, `it is deeper than ${LIMITS.boundaryDepth}`)
  if (!isObject(value)) throw fail(at, 'it is not an object')
  if (Object.hasOwn(value, 'AND')) return { AND: parseBranches('AND', value, reading) }
  if (Object.hasOwn(value, 'OR')) return { OR: parseBranches('OR', value, reading) }
  return parseLeaf(value, reading)
}

const parseBranches = (key: 'AND' | 'OR', node: Json, { at, depth, regexes }: Reading): readonly Boundary[] => {
  refuseUnknown(node, [key], at)
  const branches = listOf(node[key], `${at}.${key}`, 'boundaries')
  return branches.map((branch, index) => parseNode(branch, { at: `${at}.${key}[${index}]`, depth: depth + 1, regexes }))
}

const parseLeaf = (leaf: Json, reading: Reading): BoundaryLeaf => {
  const { at } = reading
  refuseUnknown(leaf, ['workspaces', 'projects', 'tunnels'], at)
  const { workspaces, projects, tunnels } = leaf
  if (workspaces !== undefined && projects !== undefined) {
    throw fail(at, 'it names workspaces and projects; a leaf has one of them')
  }
  const read = {
    ...(workspaces !== undefined && { workspaces: parseIds(workspaces, `${at}.workspaces`) }),
    ...(projects !== undefined && { projects: parseIds(projects, `${at}.projects`) }),
    ...(tunnels !== undefined && { tunnels: parseScopes(tunnels, { ...reading, at: `${at}.tunnels` }) }),
  }
  if (Object.keys(read).length === 0) throw fail(at, 'it bounds nothing; leave the boundary away instead')
  return read
}

const ID = /^[a-z]{3}_[0-9A-Za-z]{1,60}$/

const parseIds = (value: unknown, at: string): readonly string[] =>
  listOf(value, at, 'ids').map((id) => {
    if (typeof id === 'string' && ID.test(id)) return id
    throw fail(at, 'it holds something that is no id')
  })

const parseScopes = (value: unknown, reading: Reading): TunnelScopes => {
  if (!isObject(value)) throw fail(reading.at, 'it is not an object')
  refuseUnknown(value, TUNNEL_ACTIONS, reading.at)
  const actions = TUNNEL_ACTIONS.filter((action) => value[action] !== undefined)
  return Object.fromEntries(
    actions.map((action) => [action, parseScope(action, value[action], { ...reading, at: `${reading.at}.${action}` })]),
  )
}

const parseScope = (action: TunnelAction, value: unknown, reading: Reading): object | true => {
  if (value === true) return true
  if (!isObject(value)) throw fail(reading.at, 'it is neither true nor an object')
  const { params, select, ...fields } = value
  const match = parseMatch(action, fields, reading)
  if (params !== undefined && action !== 'connect') throw fail(reading.at, 'only connect has params')
  if (select !== undefined && action !== 'list') throw fail(reading.at, 'only list has select')
  const read = {
    ...match,
    ...(params !== undefined && { params: parseParams(params, { ...reading, at: `${reading.at}.params` }) }),
    ...(select !== undefined && { select: parseSelect(select, `${reading.at}.select`) }),
  }
  if (Object.keys(read).length === 0) throw fail(reading.at, 'it is empty; say true to leave the action unbounded')
  return read
}

const parseParams = (value: unknown, reading: Reading): object => {
  if (!isObject(value)) throw fail(reading.at, 'it is not an object')
  refuseUnknown(value, ['path'], reading.at)
  return { path: parseText(value['path'], 'text', { ...reading, at: `${reading.at}.path` }) }
}

const parseSelect = (value: unknown, at: string): object => {
  if (!isObject(value)) throw fail(at, 'it is not an object')
  refuseUnknown(value, SELECTABLE_FIELDS, at)
  const entries = Object.entries(value)
  if (entries.length === 0) throw fail(at, 'it selects nothing')
  const wrong = entries.find(([, selected]) => selected !== true)
  if (wrong) throw fail(`${at}.${shown(wrong[0])}`, 'it is not true')
  return Object.fromEntries(entries)
}

const listOf = (value: unknown, at: string, what: string): readonly unknown[] => {
  if (!Array.isArray(value) || value.length === 0) throw fail(at, `it is not a list of ${what}, with at least one`)
  if (value.length > LIMITS.boundaryItems) throw fail(at, `it has more than ${LIMITS.boundaryItems} entries`)
  return value
}
