import type { JsonValue } from './json.ts'

/** A list or object that is built member by member. */
export type Built = JsonValue[] | Record<string, JsonValue>

/** A list or object of a JSON text that is still open. */
export interface Container {
  readonly start: number
  readonly isObject: boolean
  /** Set once the members are too long to be parsed at once. */
  built: Built | undefined
  /** Start of the member that is read now. */
  memberAt: number
  /** Start of the text that is not parsed yet. */
  unparsedAt: number
  hasColon: boolean
  /** Key or index of the member that is read now, if it is built in pieces. */
  place: string | undefined
  /** Whether that member is complete. */
  isPlaced: boolean
}

export function containerAt(start: number, isObject: boolean): Container {
  const memberAt = start + 1
  return {
    start,
    isObject,
    built: undefined,
    memberAt,
    unparsedAt: memberAt,
    hasColon: false,
    place: undefined,
    isPlaced: false,
  }
}

/** Adds a member, as JSON.parse would. */
export function setMember(holder: Built, key: string, value: JsonValue): void {
  if (Array.isArray(holder)) holder[Number(key)] = value
  // A key like any other, but an assignment would set the prototype.
  else if (key === '__proto__') {
    Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true })
  } else holder[key] = value
}
