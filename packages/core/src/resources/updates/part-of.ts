/** Levels of a hierarchy that are looked at. */
const maxLevels = 64

/**
 * The URI, and those that it may be a part of: it without its last segments, each with and without the slash. A server may
 * notify of a part of the resource that a client has subscribed to (MCP 2025-11-25, ResourceUpdatedNotification).
 */
export function* selfAndWholes(uri: string): Generator<string, void, undefined> {
  yield uri
  let end = uri.length
  for (let level = 0; level < maxLevels; level += 1) {
    end = Math.max(...['/', '?', '#'].map((mark) => uri.lastIndexOf(mark, end - 1)))
    if (end <= 0) return
    if (end + 1 < uri.length) yield uri.slice(0, end + 1)
    yield uri.slice(0, end)
  }
}
