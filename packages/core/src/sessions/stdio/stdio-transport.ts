import { once } from 'node:events'
import { serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js'
import spawn from 'cross-spawn'
import type { BudgetMeter } from '../../budgets/budget-meter.ts'
import type { ResolvedStdioConfig } from '../../servers/resolve-config.ts'
import { inTurns, readMessages } from '../messages.ts'
import type { SessionTransport, TransportEnd } from '../transport.ts'
import { endChild } from './child.ts'
import type { ChildLedger } from './child-ledger.ts'
import { childEnvironment } from './environment.ts'
import type { LimitCommand } from './limited-command.ts'
import { createLineSplitter } from './lines.ts'

const maxStderrLineBytes = 64 * 1024

export interface StdioTransport extends SessionTransport {
  /** Called with each line of stderr, without its end. */
  onstderr?: (line: string) => void
}

/**
 * A transport of the SDK over a child process. It differs from the SDK's own in what this registry needs: the child
 * leads a process group that ends with it, stderr comes line by line, a message has a cap, and a child's end says how it
 * ended. The ledger knows of the child for as long as something of its group may live. Once `hurry` is aborted, a child
 * that does not end is given less time.
 */
export function createStdioTransport(
  config: ResolvedStdioConfig,
  meter: BudgetMeter,
  ledger: ChildLedger,
  limit: LimitCommand,
  hurry: AbortSignal,
): StdioTransport {
  const env = { ...childEnvironment(), ...Object.fromEntries(config.env.map(({ name, value }) => [name, value])) }
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
  const recorded = child.pid === undefined ? Promise.resolve() : ledger.record(child.pid)
  let end: TransportEnd | undefined
  let ending: Promise<void> | undefined
  const deliver = inTurns((message) => transport.onmessage?.(message))

  async function endAndForget(): Promise<void> {
    await endChild(child, hurry)
    if (child.pid !== undefined) await ledger.forget(child.pid)
  }

  let toldClosed = false
  function tellClosed(): void {
    if (toldClosed) return
    toldClosed = true
    transport.onclose?.()
  }

  const transport: StdioTransport = {
    get end() {
      return end
    },
    async start() {
      await spawned
      await recorded
    },
    send(message) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      stdin.write(serializeMessage(message), (error) => (error ? reject(error) : resolve()))
      return promise
    },
    // The end of stdin says it.
    terminate: () => Promise.resolve(),
    close() {
      ending ??= endAndForget()
      return ending
    },
  }

  const stdout = createLineSplitter(
    meter.budgets.messageBytes,
    // A banner or a stray print is told, and the session goes on.
    (line) => readMessages(line, deliver, (error) => transport.onerror?.(error)),
    () => {
      const cause = meter.exceeded('messageBytes', { what: 'A message of the server on stdout' })
      end ??= { words: 'the server sent a message over messageBytes', cause }
      // Whose answer it was cannot be known, so nobody may wait for it any longer.
      tellClosed()
      void transport.close()
    },
  )
  const stderr = createLineSplitter(
    maxStderrLineBytes,
    (line) => transport.onstderr?.(line),
    () => transport.onstderr?.(`[a line longer than ${maxStderrLineBytes} bytes was left out]`),
  )
  out.on('data', (chunk: Buffer) => stdout.push(chunk))
  err.on('data', (chunk: Buffer) => stderr.push(chunk))
  err.on('end', () => stderr.flush())
  // Both are told elsewhere: a write that fails rejects its send(), and a spawn that fails rejects start().
  stdin.on('error', () => undefined)
  child.on('error', () => undefined)
  child.on('exit', (code, signal) => {
    end ??= { words: signal === null ? `the server exited with code ${code}` : `the server was ended by ${signal}` }
    // Whatever it started must not outlive it.
    void transport.close()
  })
  // 'close' comes after the last byte of stdout and stderr, so an answer written just before the exit still counts;
  // but a grandchild may hold the pipes open, so the end of the group closes them.
  child.on('close', tellClosed)
  return transport
}
