import type { Registry } from '@toolyard/core'
import { everyPage } from '../../fixtures/http/paginate.ts'

/** Seals the secrets of the databases from 0004 on. */
export const databaseKey = new Uint8Array(32).fill(4)

/** What a fixture database was when it was made: `<version>.json`. */
export interface Answers {
  readonly madeAt: string
  /** The cursor of the feed's first event; `feed` has those behind it. */
  readonly firstCursor: string
  /** The id of the run that has the idempotency key `a key`. */
  readonly keyed: string
  /** What the killed process was at work at, by id: a run that was sent and stood among the runs, … */
  readonly left: {
    readonly running: string
    readonly queued: string
    /** Sent, and only noted, in versions that do so. */
    readonly noted: string
    readonly refreshing: string
  }
  /** Configurations with their secrets, as they are stored, by server id. */
  readonly configs: { readonly [serverId: string]: object }
  /** The children that the killed process had recorded. */
  readonly children: readonly { readonly host: string; readonly pid: number }[]
  readonly answers: Everything
}

type Logs = Record<string, readonly object[]>

/** All that a registry answers; with dates, or as JSON has them. */
export interface Everything {
  readonly servers: readonly object[]
  /** Removed ones too. */
  readonly tools: readonly object[]
  readonly runs: readonly object[]
  readonly refreshes: readonly object[]
  /** By job id. */
  readonly runEvents: Logs
  readonly refreshEvents: Logs
  readonly feed: readonly object[]
}

export interface Asked {
  readonly refreshIds: readonly string[]
  readonly firstCursor: string
  /** How many events of the feed are behind the first. */
  readonly feedLength: number
}

async function collect(events: AsyncIterable<object>, count = Number.POSITIVE_INFINITY): Promise<object[]> {
  const found: object[] = []
  for await (const event of events) {
    found.push(event)
    if (found.length >= count) break
  }
  return found
}

export async function answersOf(registry: Registry, asked: Asked): Promise<Everything> {
  const { refreshIds, firstCursor, feedLength } = asked
  // The deadline of streams that do not end: what they lack tells.
  const signal = AbortSignal.timeout(10_000)
  const runs = await everyPage((options) => registry.runs.list(options))
  const runEvents: Logs = {}
  for (const { id } of runs) runEvents[id] = await collect(registry.runs.events(id, { signal }))
  const refreshEvents: Logs = {}
  for (const id of refreshIds) refreshEvents[id] = await collect(registry.refreshes.events(id, { signal }))
  return {
    servers: await everyPage((options) => registry.servers.list(options)),
    tools: await everyPage((options) => registry.tools.list({ ...options, filter: { includeRemoved: true } })),
    runs,
    refreshes: [...(await registry.refreshes.getMany(refreshIds)).values()],
    runEvents,
    refreshEvents,
    feed: await collect(registry.events({ after: firstCursor, signal }), feedLength),
  }
}
