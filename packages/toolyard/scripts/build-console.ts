// Builds the console, unless that was done since its sources or what is installed changed. Takes seconds if it builds.
import { execFileSync, type StdioOptions } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const page = 'packages/toolyard/console/dist/index.html'
const sources = [
  'package-lock.json',
  'packages/toolyard/console/{src/**,public/**,index.html,package.json,*.ts}',
  'packages/core/src/**/*.ts',
  'packages/graphql/src/client/**/*.ts',
  'packages/graphql/introspection.json',
  'docs/*.md',
]

function changedAt(path: string): number {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function isCurrent(): boolean {
  const builtAt = changedAt(page)
  return globSync(sources, { cwd: root })
    .filter((path) => !path.endsWith('.test.ts'))
    .every((path) => changedAt(path) <= builtAt)
}

/** Builds the console if it is missing or older than its sources. */
export function buildConsole(): void {
  if (isCurrent()) return
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const args = [vite, 'build', 'packages/toolyard/console', '--logLevel', 'warn']
  // stdout belongs to the program that starts next.
  const stdio: StdioOptions = ['ignore', process.stderr, process.stderr]
  // What is published is what is tested: in a test runner, the bundler would take the development build of React.
  execFileSync(process.execPath, args, { cwd: root, stdio, env: { ...process.env, NODE_ENV: 'production' } })
}

if (import.meta.main) buildConsole()
