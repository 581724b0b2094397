/**
 * Text that a model reads and a person does not see: what shows nothing by Unicode's own account, and what steers a
 * terminal. Imports nothing, so that clients may have it without the rest.
 *
 * - Default_Ignorable_Code_Point (UAX #44): tags (U+E0000 block), variation selectors and their supplement, zero width
 *   spaces and joiners, bidi controls, soft hyphen, Hangul fillers, invisible operators of mathematics. UTS #39 keeps them
 *   out of identifiers; UTR #36 has what was done with them.
 * - Interlinear annotation (U+FFF9 to U+FFFB), of which Unicode says that plain text should not have it.
 * - Control characters but tab and the ends of lines, with the escape sequences of ECMA-48 that they begin; lone
 *   surrogates and noncharacters, which are no characters at all.
 *
 * What of it belongs to a text stays: in emoji (UTS #51), and where a script is written with it. Private use characters are
 * boxes or icons, and are seen.
 */
const hidden = String.raw`[\p{DI}\uFFF9-\uFFFB]`
const control = String.raw`[[\p{Cc}\p{Cs}\p{NChar}]--[\t\n\r]]`

const ofScripts = (names: string) => `[${names.replaceAll(/\w+/g, String.raw`\p{scx=$&}`).replaceAll(' ', '')}]`
const lettersOf = (names: string) => String.raw`[[${ofScripts(names)}&&[\p{L}\p{M}]]--\p{DI}]`

const rightToLeft = lettersOf('Adlm Arab Hebr Mand Nkoo Rohg Samr Syrc Thaa')
/** Scripts whose letters take other forms beside a joiner (Unicode 23.2, and UAX #31 on Persian and the scripts of India). */
const joining = lettersOf(
  'Adlm Arab Bali Beng Deva Gujr Guru Hebr Java Khmr Knda Mand Mlym Mong Mymr Nkoo Orya Phag Rohg Sinh Syrc Taml Telu Tibt',
)
/** Scripts without spaces between words, where a zero width space says where lines may end (Unicode 23.2). */
const withoutSpaces = lettersOf('Khmr Laoo Mymr Thai')
const mongolian = lettersOf('Mong')
/** What may stand between a letter and the mark that gives it its direction: `שלום!` and a right-to-left mark. */
const neutral = String.raw`[\p{P}\p{S}\p{Zs}\p{Nd}]{0,8}`
const directions = String.raw`[\u061C\u200E\u200F]`
const joiners = String.raw`[\u034F\u200C\u200D]`

// The only tag sequences that are emoji (RGI_Emoji_Tag_Sequence): any other flag would carry any text.
const flags = String.raw`\u{1F3F4}\u{E0067}\u{E0062}(?:\u{E0065}\u{E006E}\u{E0067}|\u{E0073}\u{E0063}\u{E0074}|\u{E0077}\u{E006C}\u{E0073})\u{E007F}`
const keycaps = String.raw`[0-9#*]\uFE0F\u20E3`
const emoji = String.raw`\p{ExtPict}[\uFE0E\uFE0F]?\p{EMod}?`

/** What stays although it is not seen, with what it belongs to; one of a kind in each place. */
const kept = [
  flags,
  keycaps,
  String.raw`${emoji}(?:\u200D${emoji})*`,
  `${joiners}(?<=${joining}${joiners})`,
  String.raw`\u200D(?=${joining})`,
  String.raw`[\u180B-\u180F](?<=${mongolian}[\u180B-\u180F])`,
  String.raw`\u200B(?<=${withoutSpaces}\u200B)(?=${withoutSpaces})`,
  `${directions}(?<=${rightToLeft}${neutral}${directions})`,
  `${directions}(?=${neutral}${rightToLeft})`,
].join('|')

/** Escape sequences: with parameters, with a text of their own, and the short ones. */
const sequences = [
  String.raw`(?:\x1B\[|\x9B)[0-?]*[ -\/]*[@-~]`,
  String.raw`(?:\x1B[\]PX\^_]|[\x90\x98\x9D-\x9F])[^\x07\x1B\x9C]*(?:\x07|\x1B\\|\x9C)`,
  String.raw`\x1B[ -\/]*[0-~]`,
].join('|')

/** Most texts have none, or few, and are done with at once: the classes of Unicode take several times as long. */
const beyondAscii = /[^\t\n\r -~]+/g

/** The patterns, made when the first text needs them: with all of Unicode's classes, that takes 20 ms. */
interface Patterns {
  readonly notSeen: RegExp
  /** In `kept` what stays; without it, the match goes. */
  readonly parts: RegExp
  readonly runs: RegExp
  readonly control: RegExp
}

let made: Patterns | undefined

function patterns(): Patterns {
  made ??= {
    notSeen: new RegExp(`${hidden}|${control}`, 'v'),
    parts: new RegExp(`(?<kept>${kept})|(?:${sequences})|${hidden}+|${control}+`, 'gv'),
    runs: new RegExp(`(?:${hidden}|${control})+`, 'gv'),
    control: new RegExp(control, 'v'),
  }
  return made
}

/** Whether anything of the text might not be seen; what belongs to it is not told from what does not. */
export function mayHide(text: string): boolean {
  for (const [run] of text.matchAll(beyondAscii)) if (patterns().notSeen.test(run)) return true
  return false
}

/** The text without what is not seen; the same text if there is nothing. */
export function withoutHiddenText(text: string): string {
  return mayHide(text) ? text.replace(patterns().parts, '$<kept>') : text
}

/** A value of JSON likewise, its names of members too; of two that are the same then, the one that was so before stays. */
export function jsonWithoutHiddenText<Value>(value: Value): Value {
  // What `cleaned` answers has the form of what it was given.
  return cleaned(value) as Value
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return withoutHiddenText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return cleanedList(value)
  const entries: [string, unknown][] = []
  let isSame = true
  for (const [key, item] of Object.entries(value)) {
    const name = withoutHiddenText(key)
    const shown = cleaned(item)
    isSame &&= name === key && shown === item
    if (name === key || !Object.hasOwn(value, name)) entries.push([name, shown])
  }
  return isSame ? value : Object.fromEntries(entries)
}

function cleanedList(list: readonly unknown[]): unknown {
  const shown = list.map(cleaned)
  if (shown.every((item, index) => item === list[index])) return list
  // Lists of names (`required`, `enum`) have each once.
  return shown.every((item) => typeof item === 'string') ? [...new Set(shown)] : shown
}

const codeOf = (character: string) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** Code points of one place that are named one by one. */
const maxNamed = 8

function inWords(characters: readonly string[]): string {
  const named = characters.slice(0, maxNamed).map(codeOf).join(' ')
  return characters.length > maxNamed ? `${named} … ${characters.length} in all` : named
}

/** The text as a person should see it: `⟨U+200B⟩` stands for what would not be seen. */
export function showHiddenText(text: string): string {
  if (!mayHide(text)) return text
  const { parts, runs } = patterns()
  const show = (part: string) => part.replace(runs, (run) => `⟨${inWords([...run])}⟩`)
  return text.replace(parts, (part, stays: string | undefined) => stays ?? show(part))
}

/** A JSON text that says the same, with escapes for what would not be seen. */
export function escapeHiddenText(json: string): string {
  if (!mayHide(json)) return json
  const { parts, runs } = patterns()
  const escaped = (run: string) =>
    Array.from(run.split(''), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
  return json.replace(parts, (part, stays: string | undefined) => stays ?? part.replace(runs, escaped))
}

/** What of a text is not seen. */
export interface HiddenText {
  /** The first characters, 100 at most. */
  readonly hidden: readonly string[]
  readonly control: readonly string[]
}

/** How much of it is looked for: enough to say that there is some. */
const maxFound = 100

/** Undefined if all of the text is seen. */
export function hiddenTextIn(text: string): HiddenText | undefined {
  if (!mayHide(text)) return undefined
  const { parts, notSeen, control: isControl } = patterns()
  const found = { hidden: [] as string[], control: [] as string[] }
  for (const { 0: part, groups } of text.matchAll(parts)) {
    if (groups?.kept !== undefined) continue
    for (const character of part.slice(0, maxFound * 2)) {
      if (!notSeen.test(character)) continue
      const list = isControl.test(character) ? found.control : found.hidden
      if (list.length < maxFound) list.push(character)
    }
    if (found.hidden.length >= maxFound || found.control.length >= maxFound) break
  }
  return found.hidden.length + found.control.length > 0 ? found : undefined
}
