/** Longest beginning of a text that is read, in characters: a row of a list shows less. */
const maxRead = 600

/** A run of marks that cannot be escaped with a backslash before it. */
const emphasis: readonly RegExp[] = [
  /(?<![\\*])\*{1,3}(?=[^\s*])([^*]*[^\s*\\])\*{1,3}(?!\*)/g,
  // Only around whole words: names such as a_tool_name stay.
  /(?<![\\\w])_{1,3}(?=[^\s_])(.*?[^\s_\\])_{1,3}(?!\w)/g,
  /(?<!\\)~~(?=\S)(.*?\S)~~/g,
]

/** Words of a line without the marks within it. What is between backquotes stays as it is. */
function withoutInlineMarks(line: string): string {
  return line
    .split(/(`+[^`]+`+)/)
    .map((part) => {
      if (/^`+[^`]+`+$/.test(part)) return part.replaceAll('`', '').trim()
      const unlinked = part
        .replace(/!?\[([^\][]*)\]\([^()\s]*(?:\s+"[^"]*")?\)/g, '$1')
        .replace(/<((?:https?:|mailto:)[^<>\s]+)>/g, '$1')
      return emphasis
        .reduce((text, marks) => text.replace(marks, '$1'), unlinked)
        .replace(/\\([\\`*_{}[\]()#+\-.!|<>~])/g, '$1')
    })
    .join('')
}

/** A line without the marks at its start; empty for a line of marks alone. An item of a list begins with a dot. */
function withoutBlockMarks(line: string): string {
  const text = line.trim()
  // Fences, rules, underlines of headings, and the second row of a table.
  if (/^(?:`{3,}.*|~{3,}.*|[-=*_]{3,}|\|?[\s:|-]*-{2,}[\s:|-]*\|?)$/.test(text)) return ''
  const unquoted = text.replace(/^(?:>\s?)+/, '')
  if (/^\|.*\|$/.test(unquoted)) return unquoted.slice(1, -1).trim()
  return unquoted.replace(/^#{1,6}\s+/, '').replace(/^[-*+]\s+(?:\[[ xX]\]\s+)?/, '· ')
}

/**
 * The beginning of a foreign description on one line: the words of its Markdown, without the marks. HTML stays text, as it
 * does in Markdown that is rendered.
 */
export function plainWords(text: string): string {
  return text
    .slice(0, maxRead)
    .split('\n')
    .map((line) => withoutInlineMarks(withoutBlockMarks(line)))
    .filter((line) => line !== '')
    .join(' ')
    .replace(/^· /, '')
    .replaceAll(/\s+/g, ' ')
}
