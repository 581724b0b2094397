import { useCallback, useState } from 'react'

export type UrlFilters<Name extends string> = Readonly<Partial<Record<Name, string>>>

function read<Name extends string>(names: readonly Name[]): UrlFilters<Name> {
  const search = new URLSearchParams(window.location.search)
  const found: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const value = search.get(name)
    if (value !== null && value !== '') found[name] = value
  }
  return found
}

/** Filters of a list, kept in the URL, so that a reload, the back button and a link restore them. */
export function useUrlFilters<Name extends string>(
  names: readonly Name[],
): readonly [UrlFilters<Name>, (name: Name, value: string | null) => void] {
  const [filters, setFilters] = useState(() => read(names))
  const set = useCallback((name: Name, value: string | null) => {
    const search = new URLSearchParams(window.location.search)
    if (value === null || value === '') search.delete(name)
    else search.set(name, value)
    const text = search.size === 0 ? '' : `?${search}`
    window.history.replaceState(window.history.state, '', `${window.location.pathname}${text}`)
    setFilters((before) => ({ ...before, [name]: value === '' || value === null ? undefined : value }))
  }, [])
  return [filters, set]
}
