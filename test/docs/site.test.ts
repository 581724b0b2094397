import { describe, expect, it } from 'vitest'
import { pageOf } from '../../docs/site/page.ts'
import { sidebar } from '../../docs/site/sidebar.ts'
import { siteMap } from '../../docs/site/site-map.ts'
import { pages } from './pages.ts'

const links = {
  page: (path: string) => (path === 'docs/cli.md' ? 'cli.md' : undefined),
  source: (path: string) => `source/${path}.md`,
}

describe('a page of the site', () => {
  it.for([
    ['[a](cli.md#servers)', '[a](/cli.md#servers)'],
    ['[a](#servers)', '[a](#servers)'],
    ['[a](https://example.com/b.md)', '[a](https://example.com/b.md)'],
    ['[a](../compose.yaml)', '[a](/source/compose.yaml.md)'],
    ['[a](../packages/examples/)', '[a](/source/packages/examples.md)'],
    ['![a](images/b.png)', '![a](/images/b.png)'],
    ['`[a](cli.md)` [b](cli.md)', '`[a](cli.md)` [b](/cli.md)'],
    ['```ts\nf[a](cli.md)\n```\n', '```ts\nf[a](cli.md)\n```\n'],
    ['<!-- check: run -->\n```ts\n```\n', '```ts\n```\n'],
  ])('has its links changed, and nothing else: %s', ([text = '', expected]) => {
    expect(pageOf('docs/library.md', text, links)).toBe(expected)
  })
})

it('has a place for every page of docs/', () => {
  const linked = new Set<string>()
  const collect = (items: typeof sidebar) => {
    for (const { link, items: inside = [] } of items) {
      if (link !== undefined) linked.add(link)
      collect(inside)
    }
  }
  collect(sidebar)
  const own = pages.filter(({ path }) => path.startsWith('docs/')).map(({ path }) => siteMap().get(path) ?? path)
  const left = own.filter((page) => !linked.has(`/${page.replace(/(^index)?\.md$/, '')}`))
  expect(left).toEqual([])
})
