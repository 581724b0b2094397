import { aiSdk } from '../contenders/ai-sdk.ts'
import type { Contender, Opened } from '../contenders/contender.ts'
import { graphql, graphqlBefore } from '../contenders/graphql.ts'
import { library } from '../contenders/library.ts'
import { mcpHub } from '../contenders/mcp-hub.ts'
import { mcporter } from '../contenders/mcporter.ts'
import { sdkConnect, sdkWarm } from '../contenders/sdk.ts'
import type { Fixture } from '../fixture/start.ts'
import { type Group, interleave, type Subject } from '../measure.ts'
import type { Settings } from '../settings.ts'

const own = [sdkWarm, library, graphql, sdkConnect]
const peers = [mcpHub, aiSdk, mcporter]

let counter = 0

function callsOf(name: string, opened: Opened): Subject {
  return {
    name,
    cpu: opened.cpu,
    inspector: opened.inspector,
    async run() {
      counter += 1
      const [a, b] = [counter, counter % 97]
      const answer = await opened.call(a, b)
      if (answer !== String(a + b)) throw new Error(`${name} answered ${answer} for ${a} + ${b}`)
    },
  }
}

/** Calls of a small tool, over HTTP and over stdio, so many at a time. */
export async function measureCalls(fixture: Fixture, settings: Settings, hasPeers: boolean): Promise<Group[]> {
  const { isQuick, rounds = isQuick ? 2 : 12 } = settings
  const sliceMs = isQuick ? 100 : 300
  const before = settings.against === undefined ? [] : [graphqlBefore(settings.against)]
  const contenders: readonly Contender[] = [...own, ...before, ...(hasPeers ? peers : [])]
  const groups: Group[] = []
  const http = settings.withSessions ? { ...fixture.http, url: `${fixture.http.url}?session` } : fixture.http
  for (const target of [http, fixture.stdio]) {
    await using stack = new AsyncDisposableStack()
    const subjects = new Map<Contender, Subject>()
    for (const contender of contenders) {
      const opened = await contender.open(target, settings.isProfiled)
      stack.defer(opened.close)
      subjects.set(contender, callsOf(contender.name, opened))
    }
    for (const concurrency of [1, 16, 64]) {
      // Many processes that start at once on a few cores would only measure how they wait for each other.
      const chosen = [...subjects].filter(
        ([contender]) => contender !== sdkConnect || target.transport === 'http' || concurrency === 1,
      )
      const title = `calls over ${target.transport}, ${concurrency} at a time`
      const plan = {
        rounds,
        sliceMs,
        warmUpMs: isQuick ? 200 : 1_000,
        concurrency,
        minRuns: Math.max(2, concurrency),
      }
      groups.push(
        await interleave(
          title,
          chosen.map(([, subject]) => subject),
          plan,
        ),
      )
    }
  }
  return groups
}
