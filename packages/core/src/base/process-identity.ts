import { execFile } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)
const commandTimeoutMs = 2_000

/** Where pids mean something: a machine, its boot, and (in a container) the namespace of pids. */
export interface ProcessSpace {
  readonly host: string
  readonly boot: string
}

/** Undefined where this system gives no way to tell a process from a later one with the same pid: Windows. */
export async function processSpace(): Promise<ProcessSpace | undefined> {
  if (process.platform === 'linux') {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return { host: hostname(), boot: `${boot} ${readlinkSync('/proc/self/ns/pid')}` }
  }
  if (process.platform === 'win32') return undefined
  const { stdout } = await run('sysctl', ['-n', 'kern.boottime'], { timeout: commandTimeoutMs })
  return { host: hostname(), boot: stdout.trim() }
}

/** When a process started, as this system says it; with the pid it names one process. Undefined where there is none. */
export async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return linuxStart(pid)
  // ps exits with 1 where there is no such process.
  const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], { timeout: commandTimeoutMs }).catch(() => ({
    stdout: '',
  }))
  return stdout.trim() || undefined
}

function linuxStart(pid: number): string | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    // ESRCH comes when the process ends between open and read.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined
    throw error
  }
  // proc_pid_stat(5): the name, in parentheses, may hold anything; the start time is the 22nd field, so the 20th after it.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

/** Signals a whole process group; false where nobody is left in it. */
export function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-groupId, signal)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ESRCH') return false
    // macOS says so of a group of zombies.
    if (code === 'EPERM') return false
    throw error
  }
}
