// Prints docs/settings.md; with --check, only says whether that file is what would be printed.
import { readFileSync, writeFileSync } from 'node:fs'
import { settingsPage } from './settings-page.ts'

const file = new URL('../docs/settings.md', import.meta.url)
const printed = settingsPage()
if (!process.argv.includes('--check')) writeFileSync(file, printed)
else if (readFileSync(file, 'utf8') !== printed) {
  process.stderr.write('docs/settings.md is not what the code prints; run: npm run docs:settings\n')
  process.exitCode = 1
}
