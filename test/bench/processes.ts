import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A process that the benchmark started; it ends with it, however that ends. */
export interface Started extends AsyncDisposable {
  readonly pid: number
  readonly port: number
}

export const fixtureScript = fileURLToPath(new URL('fixture.ts', import.meta.url))

/** Starts the fixture over HTTP. */
export async function startFixture(): Promise<Started> {
  const child = fork(fixtureScript, ['http'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [port] = await Promise.race([once(child, 'message'), failure(child)])
  return { pid: child.pid ?? 0, port: Number(port), [Symbol.asyncDispose]: () => stop(child) }
}

/** Starts a command and waits until a line of its output matches; the match's group is answered. */
export async function startUntil(
  command: string,
  args: readonly string[],
  line: RegExp,
): Promise<{ readonly child: ChildProcess; readonly found: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const { promise, resolve } = Promise.withResolvers<string>()
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-100_000)
      const [, found] = line.exec(output) ?? []
      if (found !== undefined) resolve(found)
    })
  }
  return { child, found: await Promise.race([promise, failure(child, () => output)]) }
}

async function failure(child: ChildProcess, output = () => ''): Promise<never> {
  const deadline = AbortSignal.timeout(30_000)
  const [code] = await once(child, 'exit', { signal: deadline })
  throw new Error(`${child.spawnargs.join(' ')} ended with ${code} before it was ready: ${output()}`)
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill()
  await exited
}

/** CPU that a process has used so far, in ms; in steps of 10 (proc_pid_stat(5), a clock tick). */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
