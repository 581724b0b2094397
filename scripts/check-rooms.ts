/**
 * Holds the rooms of each package to their floors, as `.dependency-cruiser.cjs` says. Makes sure that it would notice, too:
 * a file that imports upwards is added for the length of a check, which has to fail and name it.
 */
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'

const wrong = 'packages/core/src/model/imports-upwards.ts'
const tool = ['--yes', '-p', 'dependency-cruiser@18.7.2', '-p', 'typescript@5.9', 'depcruise']

function check(folders: readonly string[]) {
  const args = [...tool, '--config', '.dependency-cruiser.cjs', '--output-type', 'err', ...folders]
  const { status, stdout, stderr } = spawnSync('npx', args, { encoding: 'utf8', shell: process.platform === 'win32' })
  return { status, text: `${stdout}${stderr}` }
}

const found = check(['packages/core/src', 'packages/graphql/src', 'packages/toolyard/src'])
process.stdout.write(found.text)
if (found.status !== 0) process.exit(1)

writeFileSync(wrong, "import type { Registry } from '../registry/registry-api.ts'\n\nexport type Wrong = Registry\n")
try {
  const { status, text } = check(['packages/core/src'])
  if (status === 0 || !text.includes('imports-upwards.ts')) {
    process.stderr.write(`A file that imports upwards was not found:\n${text}`)
    process.exitCode = 1
  } else process.stdout.write('A file that imports upwards is found.\n')
} finally {
  rmSync(wrong)
}
