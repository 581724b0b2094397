// npm run docs: builds the site of the documentation into docs/.vitepress/dist, and follows its links.
// With --dev (npm run docs:dev) it serves the site, and follows changes of the pages.
import { watch } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, createServer } from 'vitepress'
import { assemble, assembleGuides } from './assemble.ts'
import { checkLinks } from './check-links.ts'
import { writeLibraryReference } from './library-reference.ts'
import { root } from './site-map.ts'

const docs = fileURLToPath(new URL('..', import.meta.url))

async function serve(): Promise<void> {
  const server = await createServer(docs)
  await server.listen()
  server.printUrls()
  const watchers = ['docs', '.', 'packages/core', 'packages/graphql', 'packages/toolyard'].map((folder) =>
    watch(join(root, folder), (_event, name) => {
      if (name?.endsWith('.md')) assembleGuides()
    }),
  )
  process.once('SIGINT', async () => {
    for (const watcher of watchers) watcher.close()
    await server.close()
  })
}

await assemble()
await writeLibraryReference()
if (process.argv.includes('--dev')) await serve()
else {
  await build(docs)
  const { pages, links, broken } = checkLinks(join(docs, '.vitepress/dist'))
  for (const each of broken) process.stderr.write(`${each}\n`)
  process.stdout.write(`${pages} pages, ${links} links, ${broken.length} of them broken\n`)
  if (broken.length > 0) process.exitCode = 1
}
