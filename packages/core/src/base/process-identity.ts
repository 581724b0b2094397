import { execFile } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)
const commandTimeoutMs = 2_000

/** The scope of a pid: a machine, its boot, and (in a container) the namespace of pids. */
export interface ProcessSpace {
  readonly host: string
  readonly boot: string
}

/** Undefined on Windows, which cannot tell a process from a later one with the same pid. */
export async function processSpace(): Promise<ProcessSpace | undefined> {
  if (process.platform === 'linux') {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return { host: hostname(), boot: `${boot} ${readlinkSync('/proc/self/ns/pid')}` }
  }
  if (process.platform === 'win32') return undefined
  const { stdout } = await run('sysctl', ['-n', 'kern.boottime'], { timeout: commandTimeoutMs })
  return { host: hostname(), boot: stdout.trim() }
}

/**
 * Start time of a process, as the system words it; with the pid, it names one process. Undefined if there is no
 * process.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return linuxStart(pid)
  // ps exits with 1 if there is no such process.
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
  // proc_pid_stat(5): the name, in parentheses, may hold any characters; the start time is the 20th field after it.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

/** Signals a whole process group; false if no process is left in it. */
export function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-groupId, signal)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ESRCH') return false
    // The error of macOS for a group of zombies.
    if (code === 'EPERM') return false
    throw error
  }
}
