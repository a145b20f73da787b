/** Owns keeping things by project and id, in the order they came, with one entry bound to one project. */

/** Nothing on it is reachable without naming the right project. */
export class Shelf<T> {
  readonly #projects = new Map<string, Map<string, T>>()

  add(projectId: string, id: string, item: T): void {
    const items = this.#projects.get(projectId) ?? new Map<string, T>()
    this.#projects.set(projectId, items.set(id, item))
  }

  get(projectId: string, id: string): T | undefined {
    return this.#projects.get(projectId)?.get(id)
  }

  delete(projectId: string, id: string): boolean {
    const items = this.#projects.get(projectId)
    const had = items?.delete(id) ?? false
    if (items?.size === 0) this.#projects.delete(projectId)
    return had
  }

  /** Oldest first. */
  of(projectId: string): readonly T[] {
    return [...(this.#projects.get(projectId)?.values() ?? [])]
  }

  all(): readonly T[] {
    return [...this.#projects.values()].flatMap((items) => [...items.values()])
  }
}
