const name = 'toolyard.key'

/** The API key of this tab. The browser drops it when the tab is closed. */
export function readApiKey(): string | undefined {
  return sessionStorage.getItem(name) ?? undefined
}

export function keepApiKey(key: string): void {
  sessionStorage.setItem(name, key)
}

export function forgetApiKey(): void {
  sessionStorage.removeItem(name)
}

export function authorization(): Readonly<Record<string, string>> {
  const key = readApiKey()
  return key === undefined ? {} : { authorization: `Bearer ${key}` }
}
