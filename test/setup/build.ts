import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildConsole } from '../../packages/toolyard/scripts/build-console.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

function run(script: string, args: readonly string[]): void {
  execFileSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
}

/** Builds the program and its console, unless that was done since their sources changed. */
export default function build(): void {
  run('node_modules/typescript/bin/tsc', ['-b', 'packages/toolyard'])
  buildConsole()
}
