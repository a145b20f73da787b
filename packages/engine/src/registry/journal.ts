/** Owns what happened in each project: numbered events, a bounded past to resume from, and who listens. */
import type { Log } from '@towline/base'
import type { Limits, WatchEvent } from '@towline/protocol'

export type ChangeEvent = Exclude<WatchEvent, { type: 'state.initial' }>

/** An event without what the journal adds. */
export type Change = ChangeEvent extends infer Event
  ? Event extends ChangeEvent
    ? Pick<Event, 'type' | 'object'>
    : never
  : never

/** A subscription from a point on. */
export interface Following {
  /** Id of the newest event; a `state.initial` made now carries it. */
  readonly head: string
  /** Events after the one that was named, or undefined when they are not all there any more. */
  readonly missed: readonly ChangeEvent[] | undefined
  stop(): void
}

export interface JournalOptions {
  readonly limits: Limits
  readonly log: Pick<Log, 'info'>
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Hears of every event of every project. */
  readonly told?: (event: ChangeEvent) => void
}

interface ProjectJournal {
  count: number
  readonly events: ChangeEvent[]
  readonly listeners: Set<(event: ChangeEvent) => void>
}

/** Journals of all projects. Ids are `boot.count`: a restarted engine never takes an id of the one before for its own. */
export class Journal {
  readonly #projects = new Map<string, ProjectJournal>()
  readonly #options: JournalOptions
  readonly #boot: string

  constructor(options: JournalOptions) {
    this.#options = options
    this.#boot = options.clock().toString(36)
  }

  append(change: Change): void {
    const { projectId } = change.object
    const project = this.#project(projectId)
    project.count++
    const createdAt = Math.floor(this.#options.clock() / 1000)
    const event = { id: this.#id(project.count), createdAt, projectId, ...change } as ChangeEvent
    project.events.push(event)
    if (project.events.length > this.#options.limits.watchJournal) project.events.shift()
    this.#options.log.info(line(event), event.type)
    this.#options.told?.(event)
    for (const listener of [...project.listeners]) listener(event)
  }

  /** Calls back with every event from now on. `after` is the id of the last event the listener knows. */
  follow(projectId: string, after: string | undefined, listener: (event: ChangeEvent) => void): Following {
    const project = this.#project(projectId)
    project.listeners.add(listener)
    return {
      head: this.#id(project.count),
      missed: after === undefined ? undefined : this.#since(project, after),
      stop: () => project.listeners.delete(listener),
    }
  }

  #since(project: ProjectJournal, after: string): readonly ChangeEvent[] | undefined {
    const [boot, digits = ''] = after.split('.')
    if (boot !== this.#boot || !/^\d{1,15}$/.test(digits)) return undefined
    const behind = project.count - Number(digits)
    if (behind < 0 || behind > project.events.length) return undefined
    return project.events.slice(project.events.length - behind)
  }

  #project(projectId: string): ProjectJournal {
    const known = this.#projects.get(projectId)
    if (known) return known
    const made: ProjectJournal = { count: 0, events: [], listeners: new Set() }
    this.#projects.set(projectId, made)
    return made
  }

  #id(count: number): string {
    return `${this.#boot}.${count}`
  }
}

/** What the log holds of an event; labels are the project's business. */
const line = ({ id, projectId, object }: ChangeEvent): object => {
  const { id: subject, cause } = object as { id: string; cause?: string }
  return {
    event: id,
    project: projectId,
    subject,
    ...(cause && { cause }),
    ...('name' in object && { name: object.name }),
  }
}
