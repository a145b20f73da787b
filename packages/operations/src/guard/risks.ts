/** Owns what may go wrong when an agent does something unasked, and what the policy says of it when no rule does. */

/** `read`, `own` (this workstation's own state, or what agents made themselves) and `expose` go on by themselves. */
export const RISKS = {
  read: 'looks only',
  own: "changes this workstation's own state, or ends what an agent made",
  expose: 'makes a service reachable, as its project allows',
  sensitive: 'makes a service reachable that gives control or data away',
  execute: 'runs a program on a machine',
  write: 'changes files',
  delete: 'deletes what cannot be brought back',
  settings: 'changes settings of people, projects or agents',
  credential: 'makes or hands out a credential',
  remote: 'calls a tool of another MCP server that is not marked read-only',
} as const
export type Risk = keyof typeof RISKS

/** What a policy may say of a call. */
export const DECISIONS = ['allow', 'ask', 'deny'] as const
export type Decision = (typeof DECISIONS)[number]

const UNASKED: readonly Risk[] = ['read', 'own', 'expose']

/** Where no rule matches. */
export const defaultDecision = (risk: Risk): Decision => (UNASKED.includes(risk) ? 'allow' : 'ask')
