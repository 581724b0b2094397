import { execFile } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/**
 * Runs the client scenarios that each revision of the protocol requires, and those of its extensions that the floors name,
 * by the official suite, over the public library.
 * A scenario passes if the suite says so, the client ended well, and as many checks succeeded as the floor asks for: the
 * suite passes clients that end at once. Fails for a scenario that does not pass, and for an expected failure that does.
 */
const suite = '@modelcontextprotocol/conformance@0.2.0-alpha.12'
const run = promisify(execFile)
const client = fileURLToPath(new URL('client.ts', import.meta.url))
/** Longest time of one scenario, in ms. Its client starts a process on a machine that may be busy. */
const limitMs = 120_000
const attempts = 3
/** Scenarios that no revision requires. */
const extensions = 'extensions'

interface Outcome {
  readonly isPassed: boolean
  readonly succeeded: number
  readonly words: string
}

type PerRevision<Value> = Readonly<Record<string, Readonly<Record<string, Value>>>>
const json = (name: string) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))
const failuresOf: PerRevision<string> = json('expected-failures.json')
const floorsOf: PerRevision<number> = json('floors.json')

/** The suite's program, fetched once: to ask npx for each scenario would take longer than the scenario. */
async function findSuite(): Promise<string> {
  const print = 'process.stdout.write(process.env.PATH.split(":")[0])'
  const { stdout } = await run('npx', ['--yes', '-p', suite, 'node', '-e', print])
  return join(stdout, 'conformance')
}

async function listRequired(program: string, revision: string): Promise<readonly string[]> {
  if (revision === extensions) return Object.keys(floorsOf[revision] ?? {})
  const { stdout } = await run(program, ['list', '--requirements', revision])
  const [, clients = ''] = stdout.split('Client scenarios')
  return [...clients.matchAll(/^ {2}- (\S+)$/gm)].map(([, name = '']) => name)
}

async function runOnce(program: string, revision: string, scenario: string): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
  const command = `${JSON.stringify(process.execPath)} ${JSON.stringify(client)}`
  const version = revision === extensions ? [] : ['--spec-version', revision]
  const flags = ['--scenario', scenario, ...version, '--timeout', String(limitMs), '-o', folder]
  try {
    const { stdout, stderr, code } = await run(program, ['client', '--command', command, ...flags]).then(
      (streams) => ({ ...streams, code: 0 }),
      (error: { stdout?: string; stderr?: string }) => ({
        stdout: error.stdout ?? '',
        stderr: error.stderr ?? '',
        code: 1,
      }),
    )
    const words = `${stdout}${stderr}`
    const checks: readonly { readonly status: string }[] = globSync('**/checks.json', { cwd: folder }).flatMap((file) =>
      JSON.parse(readFileSync(join(folder, file), 'utf8')),
    )
    const succeeded = checks.filter(({ status }) => status === 'SUCCESS').length
    const isSound = code === 0 && !words.includes('CLIENT EXITED WITH ERROR') && !words.includes('timed out')
    return { isPassed: isSound && succeeded >= (floorsOf[revision]?.[scenario] ?? 1), succeeded, words }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Some scenarios measure time, and a busy machine fails them. */
async function runScenario(program: string, revision: string, scenario: string, isExpected: boolean): Promise<Outcome> {
  let outcome = await runOnce(program, revision, scenario)
  for (let tries = 1; tries < attempts && !outcome.isPassed && !isExpected; tries += 1) {
    outcome = await runOnce(program, revision, scenario)
  }
  return outcome
}

function reasonOf(revision: string, scenario: string): string | undefined {
  const failures = failuresOf[revision] ?? {}
  return failures[scenario] ?? failures[scenario.replace(/\/.*/, '/*')]
}

async function runRevision(program: string, revision: string): Promise<boolean> {
  const waiting = (await listRequired(program, revision)).values()
  let isRight = true
  let passed = 0
  let all = 0
  const work = async () => {
    for (const scenario of waiting) {
      const reason = reasonOf(revision, scenario)
      const { isPassed, succeeded, words } = await runScenario(program, revision, scenario, reason !== undefined)
      all += 1
      if (isPassed) passed += 1
      if (isPassed === (reason === undefined)) continue
      isRight = false
      const what = isPassed ? `passes, and is expected to fail: ${reason}` : `does not pass\n${words}`
      process.stdout.write(`${revision} ${scenario}: ${succeeded} checks succeeded; ${what}\n`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  const kind = revision === extensions ? '' : 'required '
  process.stdout.write(`${revision}: ${passed} of ${all} ${kind}client scenarios pass\n`)
  return isRight && all > 0
}

const program = await findSuite()
const [only] = process.argv.slice(2)
for (const revision of Object.keys(floorsOf)) {
  if (only !== undefined && only !== revision) continue
  if (!(await runRevision(program, revision))) process.exitCode = 1
}
