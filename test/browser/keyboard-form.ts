import type { Page } from 'playwright-core'

/** Most elements of a form that the keyboard visits. */
const maxStops = 400

/** What has the focus, as far as filling in needs to know. */
interface Stop {
  readonly kind: 'TEXT' | 'JSON' | 'NUMBER' | 'RADIO' | 'CHECKBOX' | 'SELECT' | 'OTHER' | 'END'
  readonly isEmpty: boolean
  readonly isRequired: boolean
}

const look = `(() => {
  const element = document.activeElement
  const isIn = element.closest('.schema-form') !== null
  const { tagName, type = '', inputMode = '' } = element
  const kind = !isIn ? 'END'
    : type === 'radio' ? 'RADIO'
    : type === 'checkbox' ? 'CHECKBOX'
    : tagName === 'SELECT' ? 'SELECT'
    : element.classList.contains('mono') ? 'JSON'
    : tagName === 'TEXTAREA' || tagName === 'INPUT' ? (/numeric|decimal/.test(inputMode) ? 'NUMBER' : 'TEXT')
    : 'OTHER'
  const group = element.closest('[role=radiogroup]')
  const wrapper = element.closest('.mantine-InputWrapper-root')
  return {
    kind,
    isEmpty: kind === 'RADIO' ? !group?.querySelector('input:checked') : element.value === '',
    isRequired: wrapper?.querySelector('.mantine-InputWrapper-required') != null,
  }
})()`

/** Fills in every required field of the form on the page by the keyboard alone: Tab, typing, arrows and Space. */
export async function fillInByKeyboard(page: Page): Promise<void> {
  await page.locator('.schema-form').waitFor()
  await page.evaluate(`{
    const form = document.querySelector('.schema-form')
    form.tabIndex = -1
    form.focus()
  }`)
  for (let stop = 0; stop < maxStops; stop += 1) {
    await page.keyboard.press('Tab')
    // The script answers this shape.
    const { kind, isEmpty, isRequired } = (await page.evaluate(look)) as Stop
    if (kind === 'END') return
    if (!isEmpty || !isRequired) continue
    if (kind === 'NUMBER') await page.keyboard.type('1')
    else if (kind === 'TEXT') await page.keyboard.type('abc')
    else if (kind === 'JSON') await page.keyboard.type('{}')
    else if (kind === 'SELECT') await page.keyboard.press('ArrowDown')
    else if (kind === 'RADIO' || kind === 'CHECKBOX') await page.keyboard.press('Space')
  }
  throw new Error('the keyboard does not leave the form')
}
