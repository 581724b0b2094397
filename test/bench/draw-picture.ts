// npm run bench:picture -- RESULTS.json: draws where the CPU time of a run goes, by the profiles of `npm run bench -- --only calls --profile`.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Layer, layers } from './layers.ts'
import type { Group } from './measure.ts'
import { type Bar, drawBars } from './picture.ts'

const target = fileURLToPath(new URL('../../docs/images/run-cost.svg', import.meta.url))

/** The profiles that are drawn: a subject in a group. */
const drawn = [
  { name: 'Library, server over stdio', group: 'calls over stdio, 16 at a time', subject: 'toolyard library' },
  { name: 'Library, server over HTTP', group: 'calls over http, 16 at a time', subject: 'toolyard library' },
  { name: 'GraphQL, server over stdio', group: 'calls over stdio, 16 at a time', subject: 'toolyard GraphQL' },
  { name: 'GraphQL, server over HTTP', group: 'calls over http, 16 at a time', subject: 'toolyard GraphQL' },
] as const

function barOf(groups: readonly Group[], { name, group, subject }: (typeof drawn)[number]): Bar {
  const profiles = groups.find(({ title }) => title === group)?.profiles
  const profile = profiles?.find((each) => each.subject === subject && each.kind === 'CPU')
  if (!profile) throw new Error(`The results have no CPU profile of "${subject}" in "${group}"`)
  const parts = layers.map((layer): readonly [Layer, number] => [layer, profile.shares[layer] ?? 0])
  return { name, microseconds: profile.perRun, parts }
}

const [path] = process.argv.slice(2)
if (path === undefined) throw new Error('Expected the path of the results of a profiled run')
// `npm run bench` writes them.
const { groups } = JSON.parse(readFileSync(path, 'utf8')) as { readonly groups: readonly Group[] }
writeFileSync(
  target,
  drawBars(
    drawn.map((each) => barOf(groups, each)),
    layers,
  ),
)
