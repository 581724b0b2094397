/** Opens the groups around a field and moves the focus to it. */
export function focusField(id: string): void {
  // Radios and checkboxes: their group has the id, but only one of them takes the focus.
  const choice = document.querySelector<HTMLElement>(`[data-focus="${CSS.escape(id)}"]`)
  const field = choice ?? document.getElementById(id)
  for (let group = field?.closest('details'); group; group = group.parentElement?.closest('details')) group.open = true
  field?.focus()
  field?.scrollIntoView({ block: 'center' })
}
