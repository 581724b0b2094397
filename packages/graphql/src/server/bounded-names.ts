const maxLength = 100

/**
 * Lets the first `max` names that come through, each of 100 characters at most; every later one is `other`, and none is
 * `anonymous`.
 */
export function boundedNames(max: number): (name: string | null) => string {
  const known = new Set<string>()
  return (name) => {
    if (name === null) return 'anonymous'
    if (known.has(name)) return name
    if (known.size >= max || name.length > maxLength) return 'other'
    known.add(name)
    return name
  }
}
