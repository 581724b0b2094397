import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { ifInterrupted } from './leftovers.ts'

/** Ends a child: SIGTERM, and SIGKILL where it has not ended after 5 s. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill()
  const impatient = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await ended
  clearTimeout(impatient)
}

export interface Service {
  readonly pid: number
  /** What `ready` found in the line. */
  readonly found: string
  /** If it is inspected. */
  readonly inspectorUrl: string | undefined
  stop(): Promise<void>
}

export interface ServiceOptions {
  readonly args: readonly string[]
  /** Whether it listens for an inspector. @default false */
  readonly isInspected?: boolean
  readonly env?: Readonly<Record<string, string>>
  readonly stream: 'stdout' | 'stderr'
  /** Its first group is the answer. */
  readonly ready: RegExp
}

/** Starts a Node.js program and waits, 60 s at most, for the line that says it serves. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { args, isInspected = false, env = {}, stream, ready } = options
  const child = spawn(process.execPath, [...(isInspected ? ['--inspect=127.0.0.1:0'] : []), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  child.once(
    'exit',
    ifInterrupted(() => child.kill()),
  )
  const seen: string[] = []
  let inspectorUrl: string | undefined
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  for (const name of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[name] }).on('line', (line) => {
      if (seen.length < 50) seen.push(line)
      inspectorUrl ??= /^Debugger listening on (ws:\S+)/.exec(line)?.[1]
      const match = name === stream ? ready.exec(line) : null
      if (match) resolve(match[1] ?? '')
    })
  }
  child.once('error', reject)
  child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code} before it served:\n${seen.join('\n')}`)))
  const deadline = setTimeout(
    () => reject(new Error(`${args[0]} does not serve after 60 s:\n${seen.join('\n')}`)),
    60_000,
  )
  try {
    const found = await promise
    if (child.pid === undefined) throw new Error(`${args[0]} has no pid`)
    return { pid: child.pid, found, inspectorUrl, stop: () => stop(child) }
  } catch (error) {
    await stop(child)
    throw error
  } finally {
    clearTimeout(deadline)
  }
}

/** CPU time of this process so far, in ms. */
export function ownCpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** CPU time of another process so far, all threads, in ms: Linux alone tells it (proc(5), schedstat); NaN elsewhere. */
export function cpuOf(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN
  let nanoseconds = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ', 1)[0])
  }
  return nanoseconds / 1e6
}
