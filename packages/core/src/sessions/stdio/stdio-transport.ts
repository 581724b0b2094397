import { once } from 'node:events'
import { serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js'
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import spawn from 'cross-spawn'
import type { ResolvedStdioConfig } from '../../model/resolve-config.ts'
import { ExchangeError } from '../http/http-errors.ts'
import { createIncoming } from '../incoming/incoming.ts'
import type { SessionLimits } from '../limits.ts'
import { cancelledId, requestIdOf } from '../messages.ts'
import type { SessionTransport, TransportEnd } from '../transport.ts'
import { endChild } from './child.ts'
import type { ChildProcessStore } from './child-process-store.ts'
import { environmentOf } from './environment.ts'
import type { LimitCommand } from './limited-command.ts'
import { readStderr, readStdout } from './pipes.ts'

export interface StdioTransport extends SessionTransport {
  /** Called with each line of stderr, without its end. */
  onstderr?: (line: string) => void
}

/** How long a pipe that broke or ended waits for the end of the child, which says more, in ms. */
const endAwaitedMs = 1_000

/**
 * A transport of the SDK over a child process. It differs from the SDK's own in what this registry needs: the child
 * leads a process group that ends with it, stderr comes line by line, a message has a cap, and a child's end says how it
 * ended. The children knows of the child for as long as something of its group may live. Once `hurry` is aborted, a child
 * that does not end is given less time.
 */
export function createStdioTransport(
  config: ResolvedStdioConfig & { readonly inherited: Readonly<Record<string, string>> },
  limits: SessionLimits,
  children: ChildProcessStore,
  limit: LimitCommand,
  hurry: AbortSignal,
): StdioTransport {
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
  const { stdin, stdout: out, stderr: err } = child
  if (!stdin || !out || !err) throw new Error('spawn gave no pipes, which it was asked for')
  // Listened to from the start: 'error' and 'exit' may come before start() is called.
  const spawned = once(child, 'spawn')
  spawned.catch(() => undefined)
  const recorded = child.pid === undefined ? Promise.resolve() : children.record(child.pid)
  let end: TransportEnd | undefined
  let ending: Promise<void> | undefined
  const { meter } = limits
  /** The methods of requests without an answer, by their ids. */
  const waiting = new Map<RequestId, string>()

  async function endAndForget(): Promise<void> {
    await endChild(child, hurry)
    if (child.pid !== undefined) await children.forget(child.pid)
  }

  let toldClosed = false
  function tellClosed(): void {
    if (toldClosed) return
    toldClosed = true
    transport.onclose?.()
  }

  /** Ends the session at once, since nothing more can be taken from the server. */
  function fail(words: string, cause: unknown): void {
    end ??= { words, cause }
    stdout.drop()
    tellClosed()
    void transport.close()
  }

  const { promise: isOver, resolve: over } = Promise.withResolvers<void>()
  function tellOver(): void {
    over()
    tellClosed()
  }

  function rejectAtEnd(error: Error, reject: (error: Error) => void): void {
    const patience = setTimeout(reject, endAwaitedMs, error)
    void isOver.then(() => {
      clearTimeout(patience)
      reject(error)
    })
  }

  const write = (message: JSONRPCMessage): Promise<void> => {
    const line = serializeMessage(message)
    const unread = stdin.writableLength + line.length
    if (unread > meter.budgets.writeQueueBytes) {
      const what = 'What the server has not read of stdin'
      const cause = meter.exceeded('writeQueueBytes', { what, got: unread, code: 'PROTOCOL_ERROR' })
      fail('the server did not read stdin', cause)
      return Promise.reject(new ExchangeError(cause, false))
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    stdin.write(line, (error) => (error ? rejectAtEnd(error, reject) : resolve()))
    return promise
  }

  const incoming = createIncoming({
    limits,
    awaited: { methodOf: (id) => waiting.get(id), answered: (id) => void waiting.delete(id) },
    onMessage: (message) => transport.onmessage?.(message),
    // A banner or a stray print is told, and the session goes on.
    onFault: (error) => transport.onerror?.(error),
    send: write,
    onStuck: (error) => fail('the server did not read the answers to its requests', error),
  })
  const stdout = readStdout(out, {
    limits,
    read: incoming.read,
    ignore: incoming.ignore,
    onFailed: (error) => fail('the server sent a message over a budget', error),
  })
  const stderr = readStderr(err, limits, (line) => transport.onstderr?.(line))

  const transport: StdioTransport = {
    get end() {
      return end
    },
    async start() {
      await spawned
      await recorded
    },
    send(message) {
      const id = requestIdOf(message)
      if (id !== undefined && 'method' in message) waiting.set(id, message.method)
      const cancelled = cancelledId(message)
      if (cancelled !== undefined) waiting.delete(cancelled)
      return write(message)
    },
    // The end of stdin says it.
    terminate: () => Promise.resolve(),
    close() {
      incoming.close()
      ending ??= endAndForget()
      return ending
    },
  }

  // One that lives on can answer nothing more.
  out.once('end', () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const timer = setTimeout(() => fail('the server closed stdout', undefined), endAwaitedMs)
    child.once('exit', () => clearTimeout(timer))
  })
  // Both are told elsewhere: a write that fails rejects its send(), and a spawn that fails rejects start().
  stdin.on('error', () => undefined)
  child.on('error', () => undefined)
  child.on('exit', (code, signal) => {
    end ??= { words: signal === null ? `the server exited with code ${code}` : `the server was ended by ${signal}` }
    // What it said at its end is not to wait.
    limits.rate.stop()
    // Whatever it started must not outlive it.
    void transport.close()
  })
  // 'close' comes after the last byte of stdout and stderr, so that answers and last words written just before the exit
  // still count; but a grandchild may hold the pipes open, so the end of the group closes them.
  child.on('close', () => void Promise.all([stdout.idle(), stderr.idle()]).then(tellOver))
  return transport
}
