/** Owns counting the levels of a JSON value without recursion, so that the value cannot exhaust the stack. */

/** Levels of objects and arrays; counting stops at one more than `most`. */
export const depthOf = (value: unknown, most: number): number => {
  let level: readonly unknown[] = [value]
  let depth = 0
  while (depth <= most) {
    level = level.filter((each): each is object => typeof each === 'object' && each !== null)
    if (level.length === 0) return depth
    depth += 1
    level = level.flatMap((each) => Object.values(each as object))
  }
  return depth
}
