import { readFileSync, writeFileSync } from 'node:fs'

/** Writes `printed` to the file; with --check, compares instead, shows the first difference, and fails the process. */
export function printOrCheck(path: string, printed: string): void {
  const file = new URL(`../${path}`, import.meta.url)
  if (!process.argv.includes('--check')) {
    writeFileSync(file, printed)
    return
  }
  const stored = readFileSync(file, 'utf8')
  if (stored === printed) return
  const lines = stored.split('\n')
  const expected = printed.split('\n')
  const at = expected.findIndex((line, index) => line !== lines[index])
  const index = at === -1 ? expected.length : at
  console.error(`${path} is not what the code prints; run: npm run schema`)
  console.error(`line ${index + 1}\n- ${lines[index] ?? ''}\n+ ${expected[index] ?? ''}`)
  process.exitCode = 1
}
