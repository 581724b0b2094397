import { once } from 'node:events'
import { getDefaultEnvironment } from '@modelcontextprotocol/sdk/client/stdio.js'
import { deserializeMessage, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import spawn from 'cross-spawn'
import type { ResolvedStdioConfig } from '../servers/resolve-config.ts'
import { endChild } from './child.ts'
import { createLineSplitter } from './lines.ts'

const maxMessageBytes = 32 * 1024 * 1024
const maxStderrLineBytes = 64 * 1024

export interface StdioTransport extends Transport {
  /** How the child ended, in words; undefined while it lives. */
  readonly exit: string | undefined
  /** Called with each line of stderr, without its end. */
  onstderr?: (line: string) => void
}

/**
 * A transport of the SDK over a child process. It differs from the SDK's own in what this registry needs: the child
 * leads a process group that ends with it, stderr comes line by line, and a child's end says how it ended.
 */
export function createStdioTransport(config: ResolvedStdioConfig): StdioTransport {
  const child = spawn(config.command, [...config.args], {
    cwd: config.cwd ?? undefined,
    env: { ...getDefaultEnvironment(), ...Object.fromEntries(config.env.map(({ name, value }) => [name, value])) },
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
  let exit: string | undefined
  let handedOver: Promise<void> = Promise.resolve()
  let ending: Promise<void> | undefined

  const transport: StdioTransport = {
    get exit() {
      return exit
    },
    async start() {
      await spawned
    },
    send(message: JSONRPCMessage) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      stdin.write(serializeMessage(message), (error) => (error ? reject(error) : resolve()))
      return promise
    },
    close() {
      ending ??= endChild(child)
      return ending
    },
  }

  const stdout = createLineSplitter(
    maxMessageBytes,
    (line) => {
      let message: JSONRPCMessage
      try {
        message = deserializeMessage(line)
      } catch (cause) {
        // A banner or a stray print: told, and the session goes on (the message's own text may be long or binary).
        transport.onerror?.(new Error(`Not a JSON-RPC message on stdout: ${line.slice(0, 200)}`, { cause }))
        return
      }
      // Each in a turn of its own: the SDK puts off a notification by one, and forgets the progress handler of a request
      // at once when its answer comes, so progress in the same chunk as the answer would be lost.
      handedOver = handedOver.then(() => transport.onmessage?.(message))
    },
    () => {
      transport.onerror?.(new Error(`A message on stdout was longer than ${maxMessageBytes} bytes; closing`))
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
  // EPIPE when the child is gone: the exit says more, and send() has rejected already.
  stdin.on('error', (error) => transport.onerror?.(error))
  child.on('error', (error) => transport.onerror?.(error))
  child.on('exit', (code, signal) => {
    exit = signal === null ? `exited with code ${code}` : `was ended by ${signal}`
    // Whatever it started must not outlive it.
    void transport.close()
  })
  // 'close' comes after the last byte of stdout and stderr, so an answer written just before the exit still counts;
  // but a grandchild may hold the pipes open, so the end of the group closes them.
  child.on('close', () => transport.onclose?.())
  return transport
}
