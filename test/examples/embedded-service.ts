import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import Letta from '@letta-ai/letta-client'
import { compileCache } from '../setup/compile-cache.ts'

const example = fileURLToPath(new URL('../../scripts/example.ts', import.meta.url))

export interface EmbeddedService extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** The seed system's client, which sends to `url`. */
  readonly client: Letta
  /** Resolves with the exit code and the signal. */
  readonly exit: Promise<unknown[]>
  readonly stderr: () => string
  /** Sends SIGTERM. */
  stop(): void
}

/** The command, without npm around it. */
export function startExample(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [example, 'embedded-service'], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return { child, exit: once(child, 'close'), stdout: () => stdout, stderr: () => stderr }
}

/** `npm run example embedded-service` on a free port, once it listens. */
export async function startEmbeddedService(env: Readonly<Record<string, string>> = {}): Promise<EmbeddedService> {
  const { child, exit, stdout, stderr } = startExample({ PORT: '0', ...env })
  for (;;) {
    const url = /^embedded-service listening on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(stdout())?.[1]
    if (url !== undefined && child.pid !== undefined) {
      return {
        url,
        pid: child.pid,
        client: clientOf(url),
        exit,
        stderr,
        stop: () => child.kill('SIGTERM'),
        async [Symbol.asyncDispose]() {
          if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
          await exit
        },
      }
    }
    const isOver = await Promise.race([once(child.stdout, 'data').then(() => false), exit.then(() => true)])
    if (isOver) throw new Error(`embedded-service ended: ${stderr()}`)
  }
}

/** What the client throws is for the tests to see, not for the log. */
export function clientOf(baseURL: string, options: ConstructorParameters<typeof Letta>[0] = {}): Letta {
  return new Letta({ baseURL, apiKey: 'any', logLevel: 'off', ...options })
}

/** `fetch` for a client, and how often it was asked. With `loses`, the answer to the first request never arrives. */
export function countingFetch({ loses = false } = {}) {
  const statuses: number[] = []
  return {
    /** Of the answers, in order. */
    statuses,
    async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
      const response = await fetch(input, init)
      statuses.push(response.status)
      if (loses && statuses.length === 1) throw new TypeError('The connection was lost on purpose')
      return response
    },
  }
}
