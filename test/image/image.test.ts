import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { variables } from '../../packages/toolyard/src/settings/settings.ts'
import { isSent } from '../../scripts/image/context.ts'
import { commandOf, pairsOf, parseDockerfile } from '../../scripts/image/dockerfile.ts'

// What is in them is run by `npm run check:image`; an engine may be nowhere.

const read = (name: string) => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8')
const known = (names: readonly string[]) =>
  expect(names.filter((name) => name.startsWith('TOOLYARD_') && !variables.includes(name))).toEqual([])

describe('the Dockerfile', () => {
  const stages = parseDockerfile(read('Dockerfile'))
  const all = stages.flatMap(({ instructions }) => instructions)
  const last = stages.at(-1)?.instructions ?? []
  const texts = (keyword: string) => last.filter((each) => each.keyword === keyword).map(({ text }) => text)

  it('is built on the exact Node.js that the repository runs on, in its small form', () => {
    const lock: { packages: Record<string, { version?: string }> } = JSON.parse(read('package-lock.json'))
    const version = lock.packages['node_modules/node']?.version
    for (const { image } of stages) expect(image).toBe(`node:${version}-bookworm-slim`)
    expect(stages.length).toBeGreaterThan(1)
  })

  it('runs as a fixed user that is not root, below an init, with commands as lists', () => {
    expect(texts('USER')).toEqual(['10001:10001'])
    const after = last.slice(last.findIndex(({ keyword }) => keyword === 'USER')).map(({ keyword }) => keyword)
    expect(after).not.toContain('RUN')
    expect(texts('ENTRYPOINT').map(commandOf)).toEqual([['tini', '--', 'toolyard']])
    expect(texts('CMD').map(commandOf)).toEqual([['serve']])
    expect(texts('HEALTHCHECK').map((text) => commandOf(text.replace(/^CMD /, ''))?.[0])).toEqual(['node'])
    expect(texts('VOLUME')).toEqual(['/data'])
  })

  it('installs exact packages without what they recommend, and leaves no lists behind', () => {
    for (const { text } of all.filter(({ keyword, text }) => keyword === 'RUN' && text.includes('apt-get'))) {
      expect(text).toContain('--no-install-recommends')
      expect(text).toContain('rm -rf /var/lib/apt/lists/*')
      const [, names = ''] = /apt-get install ((?:[^&]|&[^&])*)/.exec(text) ?? []
      const packages = names.split(/\s+/).filter((name) => name !== '' && !name.startsWith('-'))
      expect(packages.filter((name) => !name.includes('='))).toEqual([])
    }
    // A pipe would hide a failure of what is before it, without pipefail.
    expect(all.filter(({ keyword, text }) => keyword === 'RUN' && /[^|]\|[^|]/.test(text))).toEqual([])
    expect(all.filter(({ keyword, text }) => keyword === 'ADD' || /\bsudo\b|npm install\b/.test(text))).toEqual([])
  })

  it('has settings that the server knows, is reached from outside with keys alone, and has no secret', () => {
    const set = all.filter(({ keyword }) => keyword === 'ENV' || keyword === 'ARG').flatMap(({ text }) => pairsOf(text))
    known(set.map(([name]) => name))
    const values = new Map(set)
    expect(values.get('TOOLYARD_HOST')).toBe('0.0.0.0')
    expect(values.get('TOOLYARD_API_KEYS')).toBe('/data/keys.json')
    expect(set.filter(([name]) => /SECRET|PASSWORD|TOKEN/.test(name))).toEqual([])
  })

  it('gets nothing but what it is made of', () => {
    const ignore = read('.dockerignore')
    const sent = (path: string) => isSent(path, ignore)
    const needed = [
      'package-lock.json',
      'packages/core/src/index.ts',
      'packages/toolyard/bin/toolyard.js',
      'docs/console.md',
    ]
    expect(needed.filter((path) => !sent(path))).toEqual([])
    const unwanted = [
      '.env',
      '.git/config',
      'toolyard.db',
      'toolyard.db.key',
      'keys.json',
      'packages/core/.env.local',
      'packages/core/a.db.key',
      'packages/core/dist/index.js',
      'packages/core/node_modules/pg/index.js',
      'packages/core/src/model/foreign-input.test.ts',
      'packages/examples/quick-start/main.ts',
      'test/tsconfig.json',
      'docs/site/build.ts',
    ]
    expect(unwanted.filter(sent)).toEqual([])
  })
})

const service = z.object({
  image: z.string(),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()),
  healthcheck: z.object({ test: z.array(z.string()) }),
  depends_on: z.record(z.string(), z.object({ condition: z.literal('service_healthy') })).default({}),
  stop_grace_period: z.string().optional(),
})
const composeFile = z.object({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) })

describe('compose.yaml', () => {
  const { services, volumes } = composeFile.parse(parse(read('compose.yaml'), { merge: true }))
  const { postgres, ...nodes } = services

  it('has two nodes that are reached from this machine alone, once the database is healthy', () => {
    expect(Object.keys(nodes)).toEqual(['node-1', 'node-2'])
    for (const { ports, depends_on, volumes: mounted, environment } of Object.values(nodes)) {
      expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+:4000$/)])
      expect(depends_on).toHaveProperty('postgres')
      // One file of keys, one key of the secrets, one database.
      expect(mounted).toEqual(['keys:/data'])
      expect(environment).toEqual(services['node-1']?.environment)
    }
    expect(postgres?.ports).toEqual([])
    for (const name of Object.values(services).flatMap((each) =>
      each.volumes.map((text) => text.split(':', 1)[0] ?? ''),
    ))
      expect(volumes).toHaveProperty(name)
  })

  it('has settings that the server knows, and asks for its secrets instead of having them', () => {
    const environments = Object.values(services).map(({ environment }) => environment)
    known(environments.flatMap(Object.keys))
    for (const [name, value] of environments.flatMap(Object.entries)) {
      if (/SECRET|PASSWORD/.test(name)) expect(value).toMatch(/^\$\{\w+:\?is not set\}$/)
      if (name === 'TOOLYARD_DATABASE_URL') expect(value).toContain(':$' + '{POSTGRES_PASSWORD:?is not set}@postgres/')
    }
  })

  it('gives a node longer to end than the runs in flight', () => {
    const graceMs = parseDockerfile(read('Dockerfile'))
      .flatMap(({ instructions }) => instructions.filter(({ keyword }) => keyword === 'ENV'))
      .flatMap(({ text }) => pairsOf(text))
      .find(([name]) => name === 'TOOLYARD_SHUTDOWN_GRACE_MS')?.[1]
    // What `docker stop` waits unless told, less what an exit takes beyond the grace.
    expect(Number(graceMs)).toBeLessThanOrEqual(8_000)
    for (const { stop_grace_period } of Object.values(nodes))
      expect(Number.parseInt(stop_grace_period ?? '', 10) * 1_000).toBeGreaterThan(Number(graceMs) + 2_000)
  })
})
