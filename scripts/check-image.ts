// npm run check:image: follows the Dockerfile without an engine, as far as that goes, in a temporary folder: copies what
// it copies, runs what its first stages run, starts what the last one starts, asks its health check, and ends it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sentFiles } from './image/context.ts'
import { commandOf, type Instruction, pairsOf, parseDockerfile } from './image/dockerfile.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const context = sentFiles(root, readFileSync(join(root, '.dockerignore'), 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'toolyard-image-'))
const nodePath = dirname(process.execPath)
const say = (text: string) => process.stdout.write(`${text}\n`)

function expectThat(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`expected ${what}`)
  say(`  ${what}`)
}

/** A stage that has been followed: what its image would be, below a folder. */
interface Built {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly healthCheck: readonly string[]
}

function copyFromContext(sources: readonly string[], target: string): void {
  for (const source of sources) {
    const files = context.filter((path) => path === source || path.startsWith(`${source}/`))
    if (files.length === 0) throw new Error(`COPY ${source}: no such file is sent to the build`)
    for (const file of files) {
      const isWithin = file !== source
      const to = isWithin
        ? join(target, file.slice(source.length + 1))
        : target.endsWith('/')
          ? join(target, basename(file))
          : target
      cpSync(join(root, file), to)
    }
  }
}

function copyFromStage(sources: readonly string[], from: string, target: string): void {
  for (const source of sources) {
    const path = join(from, source)
    // As COPY does: of a folder what is in it, links as they are.
    cpSync(path, statSync(path).isDirectory() ? target : join(target, basename(path)), {
      recursive: true,
      verbatimSymlinks: true,
    })
  }
}

/** Absolute paths of the image are below the folder of its stage. */
const placed = (value: string, stageFolder: string) =>
  value.replaceAll(/(?<![\w.])\/(app|data)\b/g, `${stageFolder}/$1`)

function follow(
  instructions: readonly Instruction[],
  stageFolder: string,
  built: ReadonlyMap<string, Built>,
  isLast: boolean,
): Built {
  let cwd = stageFolder
  const env: Record<string, string> = {}
  let entrypoint: readonly string[] = []
  let command: readonly string[] = []
  let healthCheck: readonly string[] = []
  mkdirSync(join(stageFolder, 'data'), { recursive: true })
  for (const { keyword, text, flags } of instructions) {
    const started = performance.now()
    if (keyword === 'WORKDIR') {
      cwd = join(stageFolder, text)
      mkdirSync(cwd, { recursive: true })
    } else if (keyword === 'COPY') {
      const paths = text.split(/\s+/)
      const target = `${cwd}/${paths.pop() ?? ''}`
      const from = flags.from === undefined ? undefined : built.get(flags.from)
      if (flags.from !== undefined && !from) throw new Error(`COPY --from=${flags.from}: there is no such stage`)
      if (from) copyFromStage(paths, from.folder, target)
      else copyFromContext(paths, target)
    } else if (keyword === 'RUN') {
      if (isLast) {
        say(`  not run, as it needs an image: RUN ${text.replaceAll(/\s+/g, ' ').slice(0, 90)}…`)
        continue
      }
      const shell = {
        ...process.env,
        PATH: `${nodePath}${delimiter}${process.env.PATH}`,
        npm_config_prefer_offline: 'true',
      }
      const { status } = spawnSync('sh', ['-c', text], { cwd, env: shell, stdio: ['ignore', 'ignore', 'inherit'] })
      if (status !== 0) throw new Error(`RUN ${text}: exit code ${status}`)
    } else if (keyword === 'ENV') {
      const path = `${nodePath}${delimiter}${process.env.PATH}`
      for (const [name, value] of pairsOf(text)) env[name] = placed(value.replace(`\${PATH}`, path), stageFolder)
    } else if (keyword === 'ENTRYPOINT') entrypoint = commandOf(text) ?? []
    else if (keyword === 'CMD') command = commandOf(text) ?? []
    else if (keyword === 'HEALTHCHECK') healthCheck = commandOf(text.replace(/^CMD\s+/, '')) ?? []
    else continue
    say(`  ${keyword} ${text.replaceAll(/\s+/g, ' ').slice(0, 90)} (${Math.round(performance.now() - started)} ms)`)
  }
  return { folder: stageFolder, env, entrypoint, command, healthCheck }
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return String(typeof address === 'object' ? address?.port : '')
}

/** Without the init where this machine has none: nothing but signals goes through it. */
function withoutInit(argv: readonly string[], path: string): readonly string[] {
  const [init = ''] = argv
  const isThere = path.split(delimiter).some((each) => existsSync(join(each, init)))
  return isThere ? argv : argv.slice(argv.indexOf('--') + 1)
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  const [code]: (number | null)[] = await once(child, 'close')
  return code ?? null
}

async function start({ folder: stageFolder, env, entrypoint, command, healthCheck }: Built): Promise<void> {
  const port = await freePort()
  // Passes only PATH from this machine, as in an image, and listens on loopback only.
  const environment = { ...env, HOME: stageFolder, TOOLYARD_HOST: '127.0.0.1', TOOLYARD_PORT: port }
  const cwd = join(stageFolder, 'app')
  const run = (argv: readonly string[]) => {
    const [program = '', ...args] = argv
    return spawn(program, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  }
  const entry = (args: readonly string[]) => run([...withoutInit(entrypoint, env.PATH ?? ''), ...args])
  const isHealthy = async () => (await exitCode(run(healthCheck))) === 0

  const child = entry(command)
  const exited = exitCode(child)
  let stderr = ''
  const listening = Promise.withResolvers<void>()
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    if (stderr.includes('toolyard listening on')) listening.resolve()
  })
  try {
    const isOver = await Promise.race([listening.promise.then(() => false), exited.then(() => true)])
    if (isOver) throw new Error(`the image's command ended: ${stderr}`)
    expectThat(await isHealthy(), 'the health check finds it alive')
    expectThat(stderr.includes('there is no API key yet'), 'the log says that there is no API key yet')
    const body = JSON.stringify({ query: '{ registryInfo { version } }' })
    const ask = async (headers: Record<string, string>) => {
      const sent = { 'content-type': 'application/json', ...headers }
      return (await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers: sent, body })).status
    }
    expectThat((await ask({})) === 401, 'a request without a key gets 401')
    const adding = entry(['keys', 'add', '--tenant', 'default', '--scopes', 'read', '--json'])
    let added = ''
    adding.stdout.setEncoding('utf8').on('data', (text: string) => {
      added += text
    })
    expectThat((await exitCode(adding)) === 0, 'a key can be made beside it')
    const { key }: { key: string } = JSON.parse(added)
    expectThat((await ask({ authorization: `Bearer ${key}` })) === 200, 'a request with the key gets 200')
    child.kill('SIGTERM')
    expectThat((await exited) === 0, 'it ends with 0 at SIGTERM')
    expectThat(!(await isHealthy()), 'the health check finds it gone')
    expectThat(readdirSync(join(stageFolder, 'data')).includes('toolyard.db'), 'the database is in /data')
  } finally {
    child.kill('SIGKILL')
  }
}

try {
  const stages = parseDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8'))
  const built = new Map<string, Built>()
  for (const [index, { name = String(index), image, instructions }] of stages.entries()) {
    say(`${name}, from ${image}`)
    built.set(name, follow(instructions, join(folder, name), built, index === stages.length - 1))
  }
  const last = [...built.values()].at(-1)
  if (!last) throw new Error('the Dockerfile has no stage')
  expectThat(!existsSync(join(last.folder, 'app/node_modules/typescript')), 'what only the build needs is not in it')
  await start(last)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
