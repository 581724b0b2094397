// npm run bench: see README.md beside this file.
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Fixture, startFixture } from './fixture/start.ts'
import { judge } from './goals.ts'
import { appendHistory, compareWithHistory, readHistory, toEntry } from './history.ts'
import type { Group } from './measure.ts'
import { measureAccess } from './parts/access.ts'
import { measureCalls } from './parts/calls.ts'
import { measureEras } from './parts/eras.ts'
import { measureGraphql } from './parts/graphql.ts'
import { measureHistory } from './parts/history.ts'
import { measureOAuth } from './parts/oauth.ts'
import { measurePostgres } from './parts/postgres.ts'
import { measureReads } from './parts/reads.ts'
import { measureRefresh } from './parts/refresh.ts'
import { measureSecrets } from './parts/secrets.ts'
import { measureShutdown } from './parts/shutdown.ts'
import { measureSubscribers } from './parts/subscribers.ts'
import { measureTelemetry } from './parts/telemetry.ts'
import { installPeers } from './peers.ts'
import { type PartName, readSettings, type Settings, usage } from './settings.ts'
import { goalTable, groupTable, historyTable } from './table.ts'

const historyPath = fileURLToPath(new URL('history.jsonl', import.meta.url))

function parseSettings(): Settings | undefined {
  try {
    return readSettings(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`)
    return undefined
  }
}

/** Whether the contenders from npm can be measured. */
async function preparePeers({ withPeers }: Settings): Promise<boolean> {
  if (!withPeers) return false
  try {
    await installPeers()
    return true
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).split('\n')
    const reason = lines.find((line) => line.startsWith('npm error')) ?? lines[0]
    process.stderr.write(`Without mcp-hub, @ai-sdk/mcp and mcporter: npm could not install them (${reason})\n`)
    return false
  }
}

async function measure(fixture: Fixture, settings: Settings): Promise<Group[]> {
  const parts: Record<PartName, () => Promise<Group[]>> = {
    calls: async () => measureCalls(fixture, settings, await preparePeers(settings)),
    eras: () => measureEras(fixture, settings),
    refresh: () => measureRefresh(fixture, settings),
    reads: () => measureReads(settings),
    graphql: () => measureGraphql(fixture, settings),
    subscribers: () => measureSubscribers(settings),
    history: () => measureHistory(settings),
    secrets: () => measureSecrets(fixture, settings),
    oauth: () => measureOAuth(fixture, settings),
    access: () => measureAccess(fixture, settings),
    telemetry: () => measureTelemetry(fixture, settings),
    postgres: () => measurePostgres(fixture, settings),
    shutdown: () => measureShutdown(settings),
  }
  const groups: Group[] = []
  for (const part of settings.only) groups.push(...(await parts[part]()))
  return groups
}

async function bench(settings: Settings): Promise<void> {
  const [cpu] = cpus()
  const machine = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpu?.model ?? 'unknown',
    cpus: cpus().length,
    date: new Date().toISOString(),
    isQuick: settings.isQuick,
  }
  const started = performance.now()
  const fixture = await startFixture()
  let groups: Group[]
  try {
    groups = await measure(fixture, settings)
  } finally {
    await fixture.close()
  }
  const goals = judge(groups)
  const seconds = Math.round((performance.now() - started) / 1_000)
  await writeFile(settings.json, `${JSON.stringify({ machine, seconds, groups, goals }, undefined, 2)}\n`)
  const { node, platform, date } = machine
  console.log(`node ${node}, ${platform}, ${machine.cpus} × ${machine.cpu}, ${date}, ${seconds} s\n`)
  for (const group of groups) console.log(`${groupTable(group)}\n`)
  console.log(goalTable(goals))
  const entry = toEntry(machine, groups)
  console.log(`\n${historyTable(compareWithHistory(entry, readHistory(historyPath)))}`)
  if (settings.isRecorded) appendHistory(historyPath, entry)
}

// The children and folders go with the process (leftovers.ts).
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

const settings = parseSettings()
if (settings === undefined) {
  process.exitCode = 2
} else {
  try {
    await bench(settings)
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  }
}
