import type { Writable } from 'node:stream'

/** Has what is sent in one turn of the event loop leave in one write for each connection. */
export class CollectedWrites {
  readonly #connections = new Set<Writable>()

  /** Holds writes to the connection back until the end of this turn. */
  collect(connection: Writable): void {
    if (this.#connections.has(connection)) return
    if (this.#connections.size === 0) setImmediate(() => this.#flush())
    this.#connections.add(connection)
    connection.cork()
  }

  #flush(): void {
    const connections = [...this.#connections]
    this.#connections.clear()
    for (const connection of connections) connection.uncork()
  }
}
