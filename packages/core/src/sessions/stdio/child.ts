import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import spawn from 'cross-spawn'
import { signalGroup } from '../../process-identity.ts'

const isWindows = process.platform === 'win32'
const stdinGraceMs = 1_000
const termGraceMs = 2_000
const killGraceMs = 2_000

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

/** Windows has no process groups and no SIGTERM: what is left is to end the tree below the child, while it lives. */
async function endTree(pid: number): Promise<void> {
  const killer = spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true })
  await Promise.race([once(killer, 'exit'), once(killer, 'error'), delay(killGraceMs, undefined, { ref: false })])
}

/**
 * Ends a child and its process group as MCP 2025-11-25 (lifecycle, shutdown over stdio) asks: closes stdin, then
 * SIGTERM, then SIGKILL. What the child leaves behind in its group is killed. Resolves once the child is gone, or the
 * system does not let it go for 2 seconds more.
 */
export async function endChild(child: ChildProcess): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  child.stdin?.end()
  const endedItself = await exitsWithin(child, stdinGraceMs)
  if (isWindows) {
    if (!endedItself) await endTree(pid)
  } else {
    if (!endedItself) {
      signalGroup(pid, 'SIGTERM')
      await exitsWithin(child, termGraceMs)
    }
    signalGroup(pid, 'SIGKILL')
  }
  await exitsWithin(child, killGraceMs)
  // A grandchild outside the group may hold the other end of these pipes; our ends must not keep this process alive.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
}
