/** Owns what people and agents want permissions for, in words: logins and documents offer permissions by use case. */
/** Each use case in words. */
export const USE_CASES = {
  workstation: 'What "towline login" asks for: publish, dial and look around.',
  publish: 'Publish a local service, or register a private one.',
  dial: 'Reach services of a project.',
  watch: 'Show what runs, live.',
  operate: 'Look after what runs, and cut it.',
  delegate: 'Hand narrower credentials to devices, jobs and agents.',
  projects: 'Create and look after projects.',
  people: 'Look after the people of a workspace.',
  observe: 'Read logs, usage and the audit trail.',
  calls: 'Connect calls of WebRTC applications.',
  agent: 'Let an agent use the hosted MCP endpoint.',
} as const

export type UseCase = keyof typeof USE_CASES
