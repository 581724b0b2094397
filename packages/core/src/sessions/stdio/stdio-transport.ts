import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { ExchangeError } from '../http/http-errors.ts'
import { createIncoming, type Incoming } from '../incoming/incoming.ts'
import type { JsonRpcMessage, RequestId } from '../json-rpc.ts'
import type { SessionLimits } from '../limits.ts'
import { cancelledId, requestIdOf } from '../messages.ts'
import type { SessionTransport, TransportEnd } from '../transport.ts'
import { endChild } from './child.ts'
import type { ChildProcessStore } from './child-process-store.ts'
import type { LimitCommand } from './limited-command.ts'
import { type PipeReader, readStderr, readStdout } from './pipes.ts'
import { type PipedChild, type SpawnConfig, spawnChild } from './spawn-child.ts'

export interface StdioTransport extends SessionTransport {
  /** Called with each line of stderr, without its end. */
  onstderr?: (line: string) => void
}

/** Time for the exit of the child to follow a pipe that broke or ended, in ms: the exit says more. */
const endAwaitedMs = 1_000

/**
 * A transport over a child process. The child leads a process group that ends with it, and stderr comes line by line.
 * Messages have a cap, and the end of the child says how it ended. `children`
 * has the child for as long as a process of its group may live. Once `hurry` is aborted, the child gets less time to
 * end.
 */
export function createStdioTransport(
  config: SpawnConfig,
  limits: SessionLimits,
  children: ChildProcessStore,
  limit: LimitCommand,
  hurry: AbortSignal,
): StdioTransport {
  return new ChildTransport(spawnChild(config, limit), limits, children, hurry)
}

class ChildTransport implements StdioTransport {
  onmessage?: SessionTransport['onmessage']
  onrequest?: SessionTransport['onrequest']
  onerror?: (error: Error) => void
  onclose?: () => void
  onstderr?: (line: string) => void
  readonly #child: ChildProcess
  readonly #stdin: Writable
  readonly #limits: SessionLimits
  readonly #children: ChildProcessStore
  readonly #hurry: AbortSignal
  readonly #incoming: Incoming
  readonly #stdout: PipeReader
  readonly #stderr: PipeReader
  readonly #spawned: Promise<unknown>
  readonly #recorded: Promise<void>
  /** Resolves once the child has ended and all of its output was read. */
  readonly #over = Promise.withResolvers<void>()
  /** The methods of requests without an answer, by their ids. */
  readonly #pending = new Map<RequestId, string>()
  #end: TransportEnd | undefined
  #ending: Promise<void> | undefined
  #isCloseReported = false

  constructor(piped: PipedChild, limits: SessionLimits, children: ChildProcessStore, hurry: AbortSignal) {
    const { child, stdin, stdout, stderr } = piped
    this.#child = child
    this.#stdin = stdin
    this.#limits = limits
    this.#children = children
    this.#hurry = hurry
    // Listened to from the start: 'error' and 'exit' may come before start() is called.
    this.#spawned = once(child, 'spawn')
    this.#spawned.catch(() => undefined)
    this.#recorded = child.pid === undefined ? Promise.resolve() : children.record(child.pid)
    this.#incoming = createIncoming({
      limits,
      awaited: {
        methodOf: (id) => this.#pending.get(id),
        answered: (id) => void this.#pending.delete(id),
      },
      onMessage: (message) => this.onmessage?.(message),
      onAsk: (ask) => this.onrequest?.(ask),
      // A banner or a stray print is reported, and the session goes on.
      onFault: (error) => this.onerror?.(error),
      send: (answer) => this.#write(answer),
      onStuck: (error) => this.#fail('the server did not read the answers to its requests', error),
    })
    this.#stdout = readStdout(stdout, {
      limits,
      read: (frame) => this.#incoming.read(frame),
      ignore: (bytes) => this.#incoming.ignore(bytes),
      onFailed: (error) => this.#fail('the server sent a message over a budget', error),
    })
    this.#stderr = readStderr(stderr, limits, (line) => this.onstderr?.(line))
    this.#watch(stdout)
  }

  get end() {
    return this.#end
  }

  async start(): Promise<void> {
    await this.#spawned
    await this.#recorded
  }

  send(message: JsonRpcMessage): Promise<void> {
    const id = requestIdOf(message)
    if (id !== undefined && 'method' in message) this.#pending.set(id, message.method)
    const cancelled = cancelledId(message)
    if (cancelled !== undefined) this.#pending.delete(cancelled)
    return this.#write(message)
  }

  /** The end of stdin says it. */
  terminate(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#incoming.close()
    this.#ending ??= this.#endAndForget()
    return this.#ending
  }

  #watch(stdout: Readable): void {
    const child = this.#child
    // A child that lives on without stdout can answer nothing more.
    stdout.once('end', () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const timer = setTimeout(() => this.#fail('the server closed stdout', undefined), endAwaitedMs)
      child.once('exit', () => clearTimeout(timer))
    })
    // Both reach the caller otherwise: a write that fails rejects its send(), and a spawn that fails rejects start().
    this.#stdin.on('error', () => undefined)
    child.on('error', () => undefined)
    child.on('exit', (code, signal) => this.#onExit(code, signal))
    // 'close' comes after the last byte of stdout and stderr, so that output just before the exit still counts.
    // A grandchild may hold the pipes open; the end of the group closes them.
    child.on('close', () => void Promise.all([this.#stdout.idle(), this.#stderr.idle()]).then(() => this.#onClosed()))
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    this.#end ??= {
      words: signal === null ? `the server exited with code ${code}` : `the server was ended by ${signal}`,
    }
    // Its last output must not wait for the rate.
    this.#limits.rate.stop()
    // What the child started must not outlive it.
    void this.close()
  }

  #onClosed(): void {
    this.#over.resolve()
    this.#reportClose()
  }

  #reportClose(): void {
    if (this.#isCloseReported) return
    this.#isCloseReported = true
    this.onclose?.()
  }

  /** Ends the session at once: nothing more can be taken from the server. */
  #fail(words: string, cause: unknown): void {
    this.#end ??= { words, cause }
    this.#stdout.drop()
    this.#reportClose()
    void this.close()
  }

  async #endAndForget(): Promise<void> {
    const { pid } = this.#child
    await endChild(this.#child, this.#hurry)
    if (pid !== undefined) await this.#children.forget(pid)
  }

  #write(message: JsonRpcMessage): Promise<void> {
    const { meter } = this.#limits
    const line = `${JSON.stringify(message)}\n`
    const unread = this.#stdin.writableLength + line.length
    if (unread > meter.budgets.writeQueueBytes) {
      const what = 'What the server has not read of stdin'
      const cause = meter.exceeded('writeQueueBytes', { what, got: unread, code: 'PROTOCOL_ERROR' })
      this.#fail('the server did not read stdin', cause)
      return Promise.reject(new ExchangeError(cause, false))
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#stdin.write(line, (error) => (error ? this.#rejectAtEnd(error, reject) : resolve()))
    return promise
  }

  #rejectAtEnd(error: Error, reject: (error: Error) => void): void {
    const patience = setTimeout(reject, endAwaitedMs, error)
    void this.#over.promise.then(() => {
      clearTimeout(patience)
      reject(error)
    })
  }
}
