import type { MarkdownOptions } from 'vitepress'

type Markdown = Parameters<NonNullable<MarkdownOptions['config']>>[0]

/** Keeps Vue from reading pages as templates: they show `{{ NAME }}`, which to Vue would be an expression. */
export function verbatim(markdown: Markdown): void {
  markdown.core.ruler.push('verbatim', (state) => {
    if (state.inlineMode) return
    const begin = new state.Token('html_block', '', 0)
    const end = new state.Token('html_block', '', 0)
    begin.content = '<div v-pre>\n'
    end.content = '</div>\n'
    state.tokens = [begin, ...state.tokens, end]
  })
}
