import type { ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import spawn from 'cross-spawn'
import type { ResolvedStdioConfig } from '../../model/resolve-config.ts'
import { environmentOf } from './environment.ts'
import type { LimitCommand } from './limited-command.ts'

export interface SpawnConfig extends ResolvedStdioConfig {
  /** Variables that every stdio server gets. */
  readonly inherited: Readonly<Record<string, string>>
}

/** A child process with its pipes. */
export interface PipedChild {
  readonly child: ChildProcess
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
}

/** Starts the command as the leader of a process group. A start that fails is an 'error' event of the child. */
export function spawnChild(config: SpawnConfig, limit: LimitCommand): PipedChild {
  const env = environmentOf(config.inherited, config.env)
  const { command, args } = limit(config.command, config.args, config.cwd, env.PATH ?? '')
  const child = spawn(command, [...args], {
    cwd: config.cwd ?? undefined,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    shell: false,
    windowsHide: true,
    detached: process.platform !== 'win32',
  })
  const { stdin, stdout, stderr } = child
  if (!stdin || !stdout || !stderr) throw new Error('spawn returned no pipes, although it was asked for them')
  return { child, stdin, stdout, stderr }
}
