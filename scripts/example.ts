// npm run example NAME: runs one of packages/examples, in this process, so that signals and the exit code are its own.
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
  await import(new URL(`${name}/main.ts`, folder).href)
}
