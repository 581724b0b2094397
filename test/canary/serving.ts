import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { compileCache } from '../setup/compile-cache.ts'

const main = fileURLToPath(new URL('../../packages/toolyard/bin/toolyard.js', import.meta.url))

/** What `toolyard serve` told of itself, from its start to its end. */
export interface Served {
  /** stdout and stderr. */
  readonly log: string
  /** Undefined where the system does not show it. */
  readonly commandLine: string | undefined
}

/** Runs `toolyard serve` as a process with the finest log, does something with its API, and ends it. */
export async function whileServing(
  database: string,
  env: Readonly<Record<string, string>>,
  work: (url: string) => Promise<void>,
): Promise<Served> {
  const all = { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, TOOLYARD_LOG_LEVEL: 'trace', ...env }
  const args = [main, 'serve', '--port', '0', '--database-url', `sqlite:${database}`]
  const child = spawn(process.execPath, args, { env: all, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  let commandLine: string | undefined
  const listening = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text
      const url = /^toolyard listening on (http:\S+)$/m.exec(log)?.[1]
      if (url) listening.resolve(url)
    })
  }
  child.on('exit', () => listening.reject(new Error(`toolyard ended: ${log}`)))
  try {
    await work(await listening.promise)
    if (process.platform === 'linux') commandLine = await readFile(`/proc/${child.pid}/cmdline`, 'utf8')
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { log, commandLine }
}
