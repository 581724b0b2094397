interface Item {
  readonly text: string
  readonly link?: string
  readonly collapsed?: boolean
  readonly items?: Item[]
}

const item = (text: string, link: string): Item => ({ text, link: `/${link}` })
const group = (text: string, collapsed: boolean, ...items: Item[]): Item => ({ text, collapsed, items })

/** What the reader sees at the left of each page. A test compares it with the pages of docs/. */
export const sidebar: Item[] = [
  group(
    'Start here',
    false,
    item('Overview', ''),
    item('Why toolyard', 'why'),
    item('Concepts', 'concepts'),
    item('Getting started', 'getting-started'),
    item('Coming from Letta', 'letta'),
  ),
  group(
    'Guides',
    false,
    item('The library', 'library'),
    item('The GraphQL API', 'graphql'),
    item('The console', 'console'),
    item('The command line', 'cli'),
    item('Approvals', 'pauses'),
    item('OAuth', 'oauth'),
    item('Import and export', 'import'),
    item('Protocol', 'protocol'),
  ),
  group(
    'Cookbook',
    false,
    item('Clients: urql, Apollo, Relay', 'recipes-clients'),
    item('Servers: Hono to NestJS', 'recipes-servers'),
    item('Agents', 'recipes-agents'),
  ),
  group(
    'In production',
    false,
    item('Operations', 'operations'),
    item('Performance', 'performance'),
    item('Several nodes', 'deployment'),
    item('Observability', 'observability'),
    item('Security', 'security'),
    item('Benchmarks', 'benchmark'),
    item('Doctor', 'doctor'),
    item('Troubleshooting', 'troubleshooting'),
    item('Upgrades', 'upgrade'),
  ),
  group(
    'Reference',
    false,
    item('Settings', 'settings'),
    item('Commands and flags', 'reference/commands'),
    group(
      'GraphQL schema',
      true,
      item('Queries', 'reference/graphql/queries'),
      item('Mutations', 'reference/graphql/mutations'),
      item('Subscriptions', 'reference/graphql/subscriptions'),
      item('Objects', 'reference/graphql/objects'),
      item('Interfaces', 'reference/graphql/interfaces'),
      item('Unions', 'reference/graphql/unions'),
      item('Inputs', 'reference/graphql/inputs'),
      item('Enums', 'reference/graphql/enums'),
      item('Scalars', 'reference/graphql/scalars'),
    ),
    item('Library', 'reference/library/'),
    group(
      'Packages',
      true,
      item('@toolyard/core', 'packages/core'),
      item('@toolyard/graphql', 'packages/graphql'),
      item('toolyard', 'packages/toolyard'),
    ),
    item('Contributing', 'contributing'),
  ),
]
