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

async function wear(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  // During a transition, colours belong to neither scheme.
  await page.evaluate(changeColoursAtOnce)
  await page.emulateMedia({ colorScheme })
  await page.locator(`[data-mantine-color-scheme=${colorScheme}]`).waitFor()
}

/** What axe finds that is serious or worse; in dark of the colours, as nothing else is different then. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  // Evaluated through the debugger, to which the page's policy does not apply.
  await page.evaluate(axe)
  // axe's result has this shape.
  const find = async (options: string) =>
    ((await page.evaluate(`axe.run({ resultTypes: ['violations'], ${options} })`)) as Answer).violations
  const inLight = await find('')
  await wear(page, 'dark')
  const violations = [...inLight, ...(await find("runOnly: ['color-contrast']"))]
  await wear(page, 'light')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${page.url()} ${id}: ${html.slice(0, 200)} ${failureSummary}`),
    )
}
