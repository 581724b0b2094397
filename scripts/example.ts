// npm run example NAME: starts one of packages/examples.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'

const folder = new URL('../packages/examples/', import.meta.url)
const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && entry.name !== 'node_modules' ? [entry.name] : [],
)
const [name] = process.argv.slice(2)
if (name === undefined || !names.includes(name)) {
  process.stderr.write(`npm run example NAME, where NAME is one of: ${names.join(', ')}\n`)
  process.exitCode = 2
} else {
  const child = spawn(process.execPath, [new URL(`${name}/main.ts`, folder).pathname], { stdio: 'inherit' })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 0 : 1)
  })
}
