import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

const isWindows = process.platform === 'win32'
const stdinGraceMs = 1_000
const termGraceMs = 2_000

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    // A negative pid is the whole group, which the child leads (it is spawned detached): npx and its server alike.
    if (isWindows) child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch (error) {
    // ESRCH: nobody is left in the group, which is what was wanted. EPERM: macOS says so of a group of zombies.
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}

async function exitsWithin(child: ChildProcess, ms: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true
  const timeout = new AbortController()
  const exited = once(child, 'exit', { signal: timeout.signal }).then(
    () => true,
    () => false,
  )
  const expired = delay(ms, false, { signal: timeout.signal }).catch(() => false)
  const result = await Promise.race([exited, expired])
  timeout.abort()
  return result
}

/**
 * Ends a child and its process group as MCP 2025-11-25 (lifecycle, shutdown over stdio) asks: closes stdin, then
 * SIGTERM, then SIGKILL. What the child leaves behind in its group is killed. Resolves once the child is gone.
 */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return
  child.stdin?.end()
  if (!(await exitsWithin(child, stdinGraceMs))) {
    signalGroup(child, 'SIGTERM')
    await exitsWithin(child, termGraceMs)
  }
  signalGroup(child, 'SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  // A grandchild outside the group may hold the other end of these pipes; our ends must not keep this process alive.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
}
