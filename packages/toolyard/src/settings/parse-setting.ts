export function boolean(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined
}

/** Returns a parser of whole numbers from 0 to `max`. */
export function integer(max: number) {
  return (text: string): number | undefined => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    return value <= max ? value : undefined
  }
}

/** Returns a parser of whole numbers from 1 to `max`, times `factor`; `all` is Infinity. */
export function atLeastOne(max: number, factor: number) {
  const parse = integer(max)
  return (text: string): number | undefined => {
    if (text === 'all') return Number.POSITIVE_INFINITY
    const value = parse(text)
    return value === undefined || value < 1 ? undefined : value * factor
  }
}

/** Returns undefined if an item is empty. */
export function listOf(text: string): readonly string[] | undefined {
  const items = text === '' ? [] : text.split(',').map((item) => item.trim())
  return items.includes('') ? undefined : items
}

/** A list; its items are undefined if another setting decides. */
export interface AutoList {
  readonly items: readonly string[] | undefined
}

export function autoList(text: string): AutoList | undefined {
  if (text === 'auto') return { items: undefined }
  const items = text === 'none' ? [] : listOf(text)
  return items && { items }
}

/** Returns a parser of a limit from 1 to `max`, times `factor`, or `none`. */
export function limit(max: number, factor: number) {
  const parse = atLeastOne(max, factor)
  return (text: string): { readonly value: number | undefined } | undefined => {
    if (text === 'none') return { value: undefined }
    const value = text === 'all' ? undefined : parse(text)
    return value === undefined ? undefined : { value }
  }
}

/** Like `parseMasterKey` of core, which the help should not have to load. */
function parseKey(text: string): Uint8Array | undefined {
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined
}

/** Parses keys of 32 bytes each, with commas between them. */
export function keysOf(text: string): { readonly keys: readonly Uint8Array[] | undefined } | undefined {
  if (text === '') return { keys: undefined }
  const keys = text.split(',').map((key) => parseKey(key.trim()))
  return keys.every((key) => key !== undefined) ? { keys } : undefined
}
