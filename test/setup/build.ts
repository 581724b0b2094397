import { execFileSync, type StdioOptions } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const consolePage = 'packages/toolyard/console/dist/index.html'
const consoleSources = [
  'packages/toolyard/console/{src/**,public/**,index.html,package.json,*.ts}',
  'packages/core/src/**/*.ts',
  'packages/graphql/src/client/**/*.ts',
  'packages/graphql/introspection.json',
]

function changedAt(path: string): number {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function isConsoleCurrent(): boolean {
  const builtAt = changedAt(consolePage)
  return globSync(consoleSources, { cwd: root }).every((path) => changedAt(path) <= builtAt)
}

function run(script: string, args: readonly string[]): void {
  // As it is published: Vitest's NODE_ENV would build React for development.
  const env = { ...process.env, NODE_ENV: 'production' }
  const stdio: StdioOptions = ['ignore', 'inherit', 'inherit']
  execFileSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio, env })
}

/** Builds the program and its console, unless that was done since their sources changed. */
export default function build(): void {
  run('node_modules/typescript/bin/tsc', ['-b', 'packages/toolyard'])
  if (!isConsoleCurrent())
    run('node_modules/vite/bin/vite.js', ['build', 'packages/toolyard/console', '--logLevel', 'warn'])
}
