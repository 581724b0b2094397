import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { addKey } from '../../fixtures/process/api-keys.ts'
import { type Serving, startPrograms } from '../../fixtures/process/serving.ts'
import type { Target } from './attack.ts'
import { type Figures, startVictim } from './victim.ts'
import { type ProcessFigures, watchProcess } from './watch-process.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/** All that there are, each a file of its own. */
export const attackNames: readonly string[] = readdirSync(join(here, 'attacks')).map((file) => file.replace('.ts', ''))

export interface SiegeOptions {
  readonly attacks: readonly string[]
  /** How long the victim's runs are timed, beside the sink and under siege each. */
  readonly seconds: number
  /** Ends it before its time. */
  readonly signal?: AbortSignal
}

/** The victim's runs while the attacks load a sink, and while they load the toolyard that it uses. */
export interface SiegeReport extends ProcessFigures {
  readonly attacks: readonly string[]
  readonly besideSink: Figures
  readonly underSiege: Figures
  /** Of the p99. */
  readonly ratio: number
  /** Whether it is still the same process, and well. */
  readonly stands: boolean
  /** Of programs that ended by themselves. */
  readonly broken: readonly string[]
}

/** Until the attacks are on their way, at most; the victim works meanwhile. */
const longestSettle = 5
const settleSeconds = (seconds: number) => Math.min(longestSettle, seconds / 3)
const attackerMb = 1_024
const maxStderr = 2_000
/** For toolyard, to end what it started. */
const endMs = 20_000

interface Started extends AsyncDisposable {
  readonly child: ChildProcess
}

/** Ends when it is disposed of; `broken` gets what is known of one that ends by itself. */
function startProgram(file: string, args: readonly string[], broken: string[]): Started {
  const child = fork(join(here, file), [...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [`--max-old-space-size=${attackerMb}`, '--no-warnings'],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-maxStderr)
  })
  let isEnding = false
  child.on('exit', (code, signal) => {
    if (!isEnding) broken.push(`${[file, ...args.slice(0, 1)].join(' ')} ended with ${code ?? signal}: ${stderr}`)
  })
  // 'close' does not come where the channel was closed from here.
  const ended = once(child, 'exit')
  return {
    child,
    async [Symbol.asyncDispose]() {
      isEnding = true
      if (child.connected) child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await ended
      clearTimeout(timer)
    },
  }
}

/** Begins all at once, when all are set up. They end together. */
async function startAttacks(
  names: readonly string[],
  target: Target,
  broken: string[],
  sink?: ChildProcess,
): Promise<AsyncDisposable> {
  const programs = names.map((name) => startProgram('attacker.ts', [name, JSON.stringify(target)], broken))
  await Promise.all(programs.map(({ child }) => Promise.race([once(child, 'message'), once(child, 'exit')])))
  // Dialled before, the servers of one attack would keep the next from being set up.
  sink?.send('begin')
  for (const { child } of programs) if (child.connected) child.send('begin')
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()))
    },
  }
}

interface Toolyard extends AsyncDisposable {
  readonly serving: Serving
  readonly attackerKey: string
  readonly victimKey: string
}

/** `toolyard serve` over a file of its own, with a key for each of two tenants. */
async function startToolyard(): Promise<Toolyard> {
  const programs = await startPrograms()
  const keys = join(programs.folder, 'keys.json')
  const scopes = 'read,run,write,admin'
  const attacker = await addKey(keys, scopes, { tenant: 'attacker' })
  const victim = await addKey(keys, scopes, { tenant: 'victim' })
  const database = `sqlite:${join(programs.folder, 'siege.db')}`
  const env = { TOOLYARD_API_KEYS: keys, TOOLYARD_NETWORK: '*', TOOLYARD_STDIO_COMMANDS: '*' }
  const serving = await programs.serve(
    ['--database-url', database, '--log-level', 'fatal', '--shutdown-grace-ms', '1000'],
    env,
  )
  return {
    serving,
    attackerKey: attacker.key,
    victimKey: victim.key,
    async [Symbol.asyncDispose]() {
      // So that it ends its children; one that hears nothing more is killed.
      serving.child.kill('SIGTERM')
      await Promise.race([serving.exit, delay(endMs, undefined, { ref: false })])
      await programs[Symbol.asyncDispose]()
    },
  }
}

async function besideSink({ attacks, seconds, signal }: SiegeOptions, broken: string[]): Promise<Figures> {
  await using toolyard = await startToolyard()
  await using victim = await startVictim(toolyard.serving.url, toolyard.victimKey)
  await using sink = startProgram('sink.ts', [], broken)
  const [port] = await once(sink.child, 'message')
  const target = { url: `http://127.0.0.1:${port}/graphql`, key: 'any', isSink: true }
  await using _attacks = await startAttacks(attacks, target, broken, sink.child)
  await victim.work(settleSeconds(seconds), signal)
  return await victim.work(seconds, signal)
}

async function isWell({ base, child }: Serving): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return false
  const answer = await fetch(`${base}/health`, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
  return answer?.ok === true
}

type UnderSiege = ProcessFigures & Pick<SiegeReport, 'underSiege' | 'stands'>

/** The victim's runs while the attacks load the toolyard that it uses, alone. `broken` gets what is known of programs that end by themselves. */
export async function besiege({ attacks, seconds, signal }: SiegeOptions, broken: string[] = []): Promise<UnderSiege> {
  await using toolyard = await startToolyard()
  const { serving, attackerKey: key, victimKey } = toolyard
  await using victim = await startVictim(serving.url, victimKey)
  const watching = new AbortController()
  const watched = watchProcess(serving.child.pid ?? 0, serving.base, watching.signal)
  try {
    await using _attacks = await startAttacks(attacks, { url: serving.url, key, isSink: false }, broken)
    await victim.work(settleSeconds(seconds), signal)
    const underSiege = await victim.work(seconds, signal)
    watching.abort()
    return { ...(await watched), underSiege, stands: await isWell(serving) }
  } finally {
    watching.abort()
  }
}

export async function siege(options: SiegeOptions): Promise<SiegeReport> {
  const broken: string[] = []
  const calm = await besideSink(options, broken)
  const found = await besiege(options, broken)
  return { attacks: options.attacks, besideSink: calm, ...found, ratio: found.underSiege.p99 / calm.p99, broken }
}

const cells = ({ attacks, besideSink: calm, underSiege, ...report }: SiegeReport): readonly string[] => [
  attacks.length === 1 ? (attacks[0] ?? '') : `${attacks.length} at once`,
  `${calm.p50.toFixed(1)} / ${calm.p99.toFixed(1)}`,
  `${underSiege.p50.toFixed(1)} / ${underSiege.p99.toFixed(1)}`,
  report.ratio.toFixed(1),
  `${underSiege.failed} of ${underSiege.runs}`,
  report.rssMaxMb.toFixed(0),
  report.slowestHealthMs.toFixed(0),
  report.stands ? 'yes' : 'NO',
]

/** One row for each siege. */
export function tableOf(reports: readonly SiegeReport[]): string {
  const head = [
    'attack',
    'p50 / p99 beside the sink, ms',
    'under siege, ms',
    'ratio',
    'failed',
    'RSS max, MiB',
    'slowest /health, ms',
    'stands',
  ]
  const rows = [head, ...reports.map(cells)]
  const widths = head.map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)))
  return rows.map((row) => row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join('  ')).join('\n')
}
