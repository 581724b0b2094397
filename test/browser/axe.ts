import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly impact: string | null
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

interface Answer {
  readonly violations: readonly Violation[]
}

const changeColoursAtOnce = `{
  const sheet = new CSSStyleSheet()
  sheet.replaceSync('* { transition: none !important }')
  document.adoptedStyleSheets = [sheet]
}`

type Scheme = 'light' | 'dark'
/** The selector of a page that wears the scheme. */
type Worn = (scheme: Scheme) => string
const wornByConsole: Worn = (scheme) => `[data-mantine-color-scheme=${scheme}]`

async function wear(page: Page, colorScheme: Scheme, worn: Worn): Promise<void> {
  // During a transition, colours belong to neither scheme.
  await page.evaluate(changeColoursAtOnce)
  await page.emulateMedia({ colorScheme })
  await page.locator(worn(colorScheme)).waitFor()
}

/** What axe finds, of every impact; in dark of the colours, as nothing else is different then. */
export async function findingsOf(page: Page, worn: Worn = wornByConsole): Promise<readonly string[]> {
  // Evaluated through the debugger, to which the page's policy does not apply.
  await page.evaluate(axe)
  // axe's result has this shape.
  const find = async (options: string) =>
    ((await page.evaluate(`axe.run({ resultTypes: ['violations'], ${options} })`)) as Answer).violations
  const inLight = await find('')
  await wear(page, 'dark', worn)
  const violations = [...inLight, ...(await find("runOnly: ['color-contrast']"))]
  await wear(page, 'light', worn)
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${page.url()} ${id} (${impact}): ${html.slice(0, 200)} ${failureSummary}`),
  )
}
