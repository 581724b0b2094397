import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Registry } from '@toolyard/core'
import type { Floor } from '../floor.ts'
import type { Subject } from '../measure.ts'
import { ownCpu } from '../processes.ts'

let counter = 0

function expectCount(what: string, got: number, expected: number): void {
  if (got !== expected) throw new Error(`${what}: expected ${expected} tools, got ${got}`)
}

export async function createServer(registry: Registry, serverUrl: string): Promise<string> {
  counter += 1
  const config = { transport: 'streamableHttp', serverUrl } as const
  const { id } = await registry.servers.create({ name: `server ${counter}`, config, refresh: false })
  return id
}

/** Refreshes, and compares how many tools were added and how many had not changed. */
export async function refreshServer(registry: Registry, serverId: string, added: number, unchanged: number) {
  const job = await registry.servers.refresh(serverId)
  const { status, outcome, error } = await registry.refreshes.wait(job.id)
  if (status !== 'SUCCEEDED') throw new Error(`A refresh of the library is ${status}: ${error?.message}`)
  expectCount('added by the library', outcome.added.length, added)
  expectCount('unchanged for the library', outcome.unchangedCount, unchanged)
}

/** A server that is new to the registry, connected and read. */
export function newTools(name: string, registry: Registry, url: string, count: number): Subject {
  let id = ''
  return {
    name,
    cpu: ownCpu,
    async before() {
      id = await createServer(registry, url)
    },
    run: () => refreshServer(registry, id, count, 0),
    async after() {
      await registry.servers.delete(id)
    },
  }
}

/** A server whose tools are what they were. */
export async function unchangedTools(name: string, registry: Registry, url: string, count: number): Promise<Subject> {
  const id = await createServer(registry, url)
  await refreshServer(registry, id, count, 0)
  return { name, cpu: ownCpu, run: () => refreshServer(registry, id, 0, count) }
}

export function floorOf(name: string, floor: Floor, url: string, count: number): Subject {
  return {
    name,
    cpu: ownCpu,
    run: async () => expectCount(name, await floor.refresh(url), count),
    after: async () => floor.clear(url),
  }
}

/** What the stock client takes for the pages alone. */
export function sdkList(name: string, client: Client, count: number): Subject {
  return {
    name,
    cpu: ownCpu,
    async run() {
      let listed = 0
      let cursor: string | undefined
      do {
        const page = await client.listTools(cursor === undefined ? {} : { cursor })
        listed += page.tools.length
        cursor = page.nextCursor
      } while (cursor !== undefined)
      expectCount(name, listed, count)
    },
  }
}
