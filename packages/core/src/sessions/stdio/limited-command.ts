import { invalidInput } from '../../base/errors.ts'
import { executableOf } from '../../policy/command-policy.ts'

/** Limits that the system sets on a process, and anew on each process that it starts. */
export interface StdioLimits {
  /**
   * Bytes of data: heap, stacks and private memory (RLIMIT_DATA). Allocations beyond it fail; Node.js needs some 600
   * MiB to start.
   */
  readonly memoryBytes?: number
  /** CPU time over the whole life of the process, in seconds (RLIMIT_CPU). SIGXCPU ends a process beyond it. */
  readonly cpuSeconds?: number
}

/** The command to spawn in place of a server's command. */
export interface Spawned {
  readonly command: string
  readonly args: readonly string[]
}

/** Wraps a command so that the system limits what it may take. */
export type LimitCommand = (command: string, args: readonly string[], cwd: string | null, path: string) => Spawned

/**
 * Runs commands by `prlimit`, which sets the limits on itself and becomes the command: it never runs without them.
 * @throws INVALID_INPUT if `searchPath` has no prlimit.
 */
export function createCommandLimits({ memoryBytes, cpuSeconds }: StdioLimits, searchPath: string): LimitCommand {
  if (memoryBytes === undefined && cpuSeconds === undefined) return (command, args) => ({ command, args })
  const prlimit = executableOf('prlimit', searchPath, null)
  if (prlimit === undefined) {
    const message =
      'stdio.limits: prlimit (util-linux), which sets the limits, was not found in PATH; install it or remove the limits'
    throw invalidInput(['stdio', 'limits'], message)
  }
  const limits = [
    // Not RLIMIT_AS: much of all memory is only reserved, above all by V8.
    ...(memoryBytes === undefined ? [] : [`--data=${memoryBytes}`]),
    // One second later, SIGKILL ends a process that ignores the signal.
    ...(cpuSeconds === undefined ? [] : [`--cpu=${cpuSeconds}:${cpuSeconds + 1}`]),
  ]
  return (command, args, cwd, path) => {
    // A missing command is left to spawn, which fails with the usual error.
    const isThere = executableOf(command, path, cwd) !== undefined
    return isThere ? { command: prlimit, args: [...limits, '--', command, ...args] } : { command, args }
  }
}
