import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleOnce } from '../../packages/toolyard/scripts/bundle-once.ts'
import { childScripts, childScriptsVariable, sourceOf } from '../fixtures/process/child-script.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const target = join(root, 'test/dist/child-scripts')

/** Bundles the scripts, if an input has changed: Node.js takes longer to find a thousand modules than to run them. */
export default async function bundleChildScripts(): Promise<void> {
  await bundleOnce({
    target,
    ingredients: [join(root, 'package-lock.json'), fileURLToPath(import.meta.url)],
    input: {
      cwd: root,
      input: Object.fromEntries(childScripts.map((name) => [name, sourceOf(name)])),
      platform: 'node',
      // Native modules find their files by their place; the others have parts that are loaded by name.
      external: [/^better-sqlite3$/, /^pg$/, /^@opentelemetry\//],
      resolve: { conditionNames: ['toolyard-source', 'node', 'import'] },
      checks: { ineffectiveDynamicImport: false },
    },
    output: { format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name].js', charset: 'ascii' },
  })
  process.env[childScriptsVariable] = target
}
