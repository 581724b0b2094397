import type { Page } from 'playwright-core'
import { valueText } from '../../packages/toolyard/console/src/schema-form/schema.ts'

/** Most elements of a form that the keyboard visits. */
const maxStops = 600

/** What has the focus, as far as filling in needs to know. */
type Field =
  | { readonly kind: 'TEXT' | 'JSON' | 'NUMBER'; readonly pointer: string; readonly value: string }
  /** The options, and which of them has the focus. */
  | {
      readonly kind: 'RADIO' | 'SELECT'
      readonly pointer: string
      readonly labels: readonly string[]
      readonly index: number
    }
  | { readonly kind: 'CHECKBOX'; readonly pointer: string; readonly index: number; readonly isChecked: boolean }
type Stop = Field | { readonly kind: 'END' } | { readonly kind: 'OTHER' }

const look = `(() => {
  const element = document.activeElement
  if (element.closest('.schema-form') === null) return { kind: 'END' }
  const { tagName, type = '', inputMode = '', value } = element
  const group = element.closest('[role=radiogroup], [role=group]')
  const boxes = [...(group?.querySelectorAll('input[type=' + type + ']') ?? [])]
  const isOption = type === 'radio' || type === 'checkbox'
  const id = isOption ? (boxes.map((each) => each.dataset.focus).find(Boolean) ?? '') : element.id
  const [encoded] = /%2F.*$/.exec(id) ?? []
  if (encoded === undefined) return { kind: 'OTHER' }
  const pointer = decodeURIComponent(encoded)
  const labelOf = (each) => each.labels[0].textContent
  if (type === 'radio') return { kind: 'RADIO', pointer, index: boxes.indexOf(element), labels: boxes.map(labelOf) }
  if (type === 'checkbox') return { kind: 'CHECKBOX', pointer, index: boxes.indexOf(element), isChecked: element.checked }
  const labels = [...(element.options ?? [])].map((each) => each.textContent)
  if (tagName === 'SELECT') return { kind: 'SELECT', pointer, index: element.selectedIndex, labels }
  if (tagName !== 'TEXTAREA' && tagName !== 'INPUT') return { kind: 'OTHER' }
  const kind = element.classList.contains('mono') ? 'JSON' : /numeric|decimal/.test(inputMode) ? 'NUMBER' : 'TEXT'
  return { kind, pointer, value }
})()`

/** The value at a JSON Pointer; undefined if nothing is there. */
function valueAt(root: unknown, pointer: string): unknown {
  const names = pointer.split('/').slice(1)
  return names.reduce<unknown>((value, name) => Object(value)[name.replaceAll('~1', '/').replaceAll('~0', '~')], root)
}

async function replace(page: Page, before: string, text: string): Promise<void> {
  if (before === text) return
  if (before !== '') await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type(text)
}

/** Where an option is. One that has a title is the last: it is not called as its value. */
function placeOf(labels: readonly string[], meant: unknown): number {
  const index = labels.indexOf(typeof meant === 'boolean' ? (meant ? 'Yes' : 'No') : valueText(meant))
  return index === -1 ? labels.length - 1 : index
}

/** Moves from one option to another. */
async function choose(page: Page, index: number, wanted: number): Promise<void> {
  for (let at = index; at < wanted; at += 1) await page.keyboard.press('ArrowDown')
  for (let at = index; at > wanted; at -= 1) await page.keyboard.press('ArrowUp')
}

async function answer(page: Page, stop: Field, meant: unknown): Promise<void> {
  switch (stop.kind) {
    case 'TEXT':
    case 'NUMBER':
      return replace(page, stop.value, String(meant))
    case 'JSON':
      return replace(page, stop.value, JSON.stringify(meant))
    case 'SELECT':
      return choose(page, stop.index, placeOf(stop.labels, meant))
    case 'RADIO':
      await page.keyboard.press('Space')
      return choose(page, stop.index, placeOf(stop.labels, meant))
    case 'CHECKBOX': {
      const isMeant = Array.isArray(meant) && stop.index < meant.length
      if (isMeant !== stop.isChecked) await page.keyboard.press('Space')
    }
  }
}

/**
 * Enters what is meant into the form on the page by the keyboard alone: Tab, typing, arrows and Space. Of sets it takes as
 * many as are meant, from the first on.
 */
export async function fillInByKeyboard(page: Page, meant: unknown): Promise<void> {
  await page.locator('.schema-form').waitFor()
  await page.evaluate(`{
    const form = document.querySelector('.schema-form')
    form.tabIndex = -1
    form.focus()
  }`)
  for (let stops = 0; stops < maxStops; stops += 1) {
    await page.keyboard.press('Tab')
    // The script answers this shape.
    const stop = (await page.evaluate(look)) as Stop
    if (stop.kind === 'END') return
    if (stop.kind === 'OTHER') continue
    const value = valueAt(meant, stop.pointer)
    if (value !== undefined) await answer(page, stop, value)
  }
  throw new Error('the keyboard does not leave the form')
}
