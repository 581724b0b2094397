import { defineConfig } from 'vitepress'
import { anchorOf } from '../site/anchor.ts'
import { sidebar } from '../site/sidebar.ts'
import { verbatim } from '../site/verbatim.ts'

export default defineConfig({
  title: 'toolyard',
  description: 'A registry and execution engine for MCP servers',
  lang: 'en',
  srcDir: '.vitepress/pages',
  outDir: '.vitepress/dist',
  cacheDir: '.vitepress/cache',
  markdown: { anchor: { slugify: anchorOf }, config: verbatim },
  themeConfig: {
    search: { provider: 'local' },
    outline: { level: [2, 3] },
    nav: [
      { text: 'Start', link: '/getting-started' },
      { text: 'Concepts', link: '/concepts' },
      { text: 'Cookbook', link: '/recipes-clients' },
      { text: 'Reference', link: '/reference/graphql/queries' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
    ],
    sidebar,
    docFooter: { prev: false, next: false },
  },
})
