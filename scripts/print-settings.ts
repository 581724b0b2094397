// Prints docs/settings.md and the limits of docs/operations.md; with --check, only says whether they are what would be printed.
import { readFileSync, writeFileSync } from 'node:fs'
import { withLimits } from './limits-table.ts'
import { settingsPage } from './settings-page.ts'

const isCheck = process.argv.includes('--check')
const pages = { 'settings.md': settingsPage, 'operations.md': withLimits }
for (const [name, print] of Object.entries(pages)) {
  const file = new URL(`../docs/${name}`, import.meta.url)
  const current = readFileSync(file, 'utf8')
  const printed = print(current)
  if (!isCheck) writeFileSync(file, printed)
  else if (current !== printed) {
    process.stderr.write(`docs/${name} is not what the code prints; run: npm run docs:settings\n`)
    process.exitCode = 1
  }
}
