import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { anchorOf } from '../../docs/site/anchor.ts'
import { pages, root } from './pages.ts'

const withoutCode = (text: string) =>
  text.replaceAll(/^( *)```[\s\S]*?^\1```/gm, '').replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''))

const anchorsOf = (text: string): readonly string[] =>
  [...withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

const links = pages.flatMap(({ path, text }) =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ path, target })),
)

describe('the links of the documentation', () => {
  it('lead to files and headings that are there', () => {
    const broken = links.filter(({ path, target }) => {
      if (/^https?:/.test(target)) return false
      const [file = '', anchor] = target.split('#')
      const to = file === '' ? path : join(dirname(path), file)
      if (!existsSync(join(root, to))) return true
      return (
        anchor !== undefined && to.endsWith('.md') && !anchorsOf(readFileSync(join(root, to), 'utf8')).includes(anchor)
      )
    })
    expect(broken).toEqual([])
    expect(links.length).toBeGreaterThan(20)
  })

  it('come to each page from the index', () => {
    const index = pages.find(({ path }) => path === 'docs/README.md')?.text ?? ''
    const left = pages.filter(({ path }) => path.startsWith('docs/') && path !== 'docs/README.md')
    expect(
      left.filter(({ path }) => !index.includes(`(${path.slice('docs/'.length)})`)).map(({ path }) => path),
    ).toEqual([])
  })
})
