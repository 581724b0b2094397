import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import spawn from 'cross-spawn'
import { signalGroup } from '../../base/process-identity.ts'

const isWindows = process.platform === 'win32'
/** Time for a child to end, in ms; less while the whole registry waits for it. */
interface Patience {
  readonly ms: number
  readonly hurriedMs: number
}
const stdinPatience: Patience = { ms: 1_000, hurriedMs: 500 }
const termPatience: Patience = { ms: 2_000, hurriedMs: 500 }
const killGraceMs = 2_000

async function exitsWithin(child: ChildProcess, { ms, hurriedMs }: Patience, hurry: AbortSignal): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const onExit = () => resolve(true)
  const giveUp = () => resolve(false)
  let timer = setTimeout(giveUp, hurry.aborted ? hurriedMs : ms)
  const onHurry = () => {
    clearTimeout(timer)
    timer = setTimeout(giveUp, hurriedMs)
  }
  child.once('exit', onExit)
  hurry.addEventListener('abort', onHurry, { once: true })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    child.off('exit', onExit)
    hurry.removeEventListener('abort', onHurry)
  }
}

/** Ends the tree below a living child: Windows has no process groups and no SIGTERM. */
async function endTree(pid: number): Promise<void> {
  const killer = spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true })
  await Promise.race([once(killer, 'exit'), once(killer, 'error'), delay(killGraceMs, undefined, { ref: false })])
}

/**
 * Ends a child and its process group as MCP 2025-11-25 (lifecycle, shutdown over stdio) asks: closes stdin, then sends
 * SIGTERM, then SIGKILL. Kills what the child leaves behind in its group. Resolves once the child has ended, or 2
 * seconds after SIGKILL. Once `hurry` is aborted, each step has half a second.
 */
export async function endChild(child: ChildProcess, hurry: AbortSignal): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  child.stdin?.end()
  const endedItself = await exitsWithin(child, stdinPatience, hurry)
  if (isWindows) {
    if (!endedItself) await endTree(pid)
  } else {
    if (!endedItself) {
      signalGroup(pid, 'SIGTERM')
      await exitsWithin(child, termPatience, hurry)
    }
    signalGroup(pid, 'SIGKILL')
  }
  await exitsWithin(child, { ms: killGraceMs, hurriedMs: killGraceMs }, hurry)
  // A grandchild outside the group may hold the other ends of these pipes; our ends must not keep this process alive.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
}
