import { RegistryError } from '../../base/errors.ts'

/** Reverts one change to the tables; a failed commit calls all of its undos, the last one first. */
export type Undo = () => void

export function notFound(what: string, id: string): RegistryError {
  return new RegistryError('NOT_FOUND', `No ${what} has the id ${id}`)
}

/** Deletes an entry. Its undo restores the value, at the end of the map's order. */
export function take<K, V>(map: Map<K, V>, key: K): Undo[] {
  const value = map.get(key)
  return value !== undefined && map.delete(key) ? [() => map.set(key, value)] : []
}

export function put<K, V>(map: Map<K, V>, key: K, value: V): Undo {
  const before = map.get(key)
  map.set(key, value)
  return before === undefined ? () => map.delete(key) : () => map.set(key, before)
}

/** Throws NOT_FOUND. */
export function getOrThrow<K extends string, V>(map: ReadonlyMap<K, V>, key: K, what: string): V {
  const value = map.get(key)
  if (value === undefined) throw notFound(what, key)
  return value
}
