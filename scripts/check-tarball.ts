// npm run check:packages: packs packages/toolyard as a release does, and looks for what must be in it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const expected = [
  'bin/toolyard.js',
  'console/dist/index.html',
  'dist/bundle/program.js',
  'dist/bundle/THIRD-PARTY-NOTICES.txt',
  'dist/keys/open-api-keys.js',
  'persisted-operations.json',
]

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${error?.message ?? stderr}`)
  return stdout
}

const folder = mkdtempSync(join(tmpdir(), 'toolyard-tarball-'))
try {
  // Whatever an earlier build left: packing has to build it.
  for (const built of ['console/dist', 'dist/bundle'])
    rmSync(join(root, 'packages/toolyard', built), { recursive: true, force: true })
  run('npm', ['pack', '--workspace', 'toolyard', '--pack-destination', folder])
  const [tarball, ...others] = readdirSync(folder)
  if (tarball === undefined || others.length > 0) throw new Error(`expected one tarball in ${folder}`)
  const files = new Set(run('tar', ['-tzf', join(folder, tarball)]).split('\n'))
  const missing = expected.filter((file) => !files.has(`package/${file}`))
  if (missing.length > 0) throw new Error(`expected ${missing.join(', ')} in ${tarball}`)
  process.stdout.write(`${tarball}: ${files.size} files, with ${expected.join(', ')}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
