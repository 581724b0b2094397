/** What ends a segment of a URI. */
const marks: ReadonlySet<string | undefined> = new Set(['/', '?', '#'])

/**
 * Whether `uri` is `whole`, or a part of it by its path. A server may notify of a part of the resource that a client has
 * subscribed to (MCP 2025-11-25, resources/updated).
 */
export function isPartOf(uri: string, whole: string): boolean {
  if (!uri.startsWith(whole)) return false
  return uri.length === whole.length || marks.has(whole.at(-1)) || marks.has(uri[whole.length])
}
