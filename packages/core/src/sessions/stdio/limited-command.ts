import { invalidInput } from '../../base/errors.ts'
import { executableOf } from '../../policy/command-policy.ts'

/** What the system lets a process take, and each that it starts again as much. */
export interface StdioLimits {
  /** Of data: heap, stacks and private memory (RLIMIT_DATA). What asks for more gets none; Node.js needs some 600 MiB to start. */
  readonly memoryBytes?: number
  /** Of the processor, over the whole of its life (RLIMIT_CPU). What takes more is ended by SIGXCPU. */
  readonly cpuSeconds?: number
}

/** What is spawned for a command. */
export interface Spawned {
  readonly command: string
  readonly args: readonly string[]
}

/** Has the system limit what a command may take. */
export type LimitCommand = (command: string, args: readonly string[], cwd: string | null, path: string) => Spawned

/**
 * Commands are run by `prlimit`, which sets the limits on itself and becomes the command: there is no moment without
 * them. Throws INVALID_INPUT where there is none in `searchPath`.
 */
export function createCommandLimits({ memoryBytes, cpuSeconds }: StdioLimits, searchPath: string): LimitCommand {
  if (memoryBytes === undefined && cpuSeconds === undefined) return (command, args) => ({ command, args })
  const prlimit = executableOf('prlimit', searchPath, null)
  if (prlimit === undefined) {
    const message = 'stdio.limits: expected prlimit (util-linux) in PATH, which sets them, found none'
    throw invalidInput(['stdio', 'limits'], message)
  }
  const limits = [
    // Of all memory (RLIMIT_AS) much is only reserved, by V8 above all.
    ...(memoryBytes === undefined ? [] : [`--data=${memoryBytes}`]),
    // A second beyond, SIGKILL comes for what does not heed the signal.
    ...(cpuSeconds === undefined ? [] : [`--cpu=${cpuSeconds}:${cpuSeconds + 1}`]),
  ]
  return (command, args, cwd, path) => {
    // What is not there is left to spawn, which says so in the usual words.
    const isThere = executableOf(command, path, cwd) !== undefined
    return isThere ? { command: prlimit, args: [...limits, '--', command, ...args] } : { command, args }
  }
}
