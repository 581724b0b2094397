/**
 * Text that a model reads and a person does not see: characters that Unicode defines as invisible, and those that
 * control a terminal. Imports no module, so that clients can load it alone.
 *
 * - Default_Ignorable_Code_Point (UAX #44): tags (U+E0000 block), variation selectors and their supplement, zero width
 *   spaces and joiners, bidi controls, soft hyphen, Hangul fillers, invisible operators of mathematics. UTS #39 keeps
 *   them out of identifiers; UTR #36 lists attacks with them.
 * - Interlinear annotation (U+FFF9 to U+FFFB), which Unicode advises against in plain text.
 * - Control characters except tab and line ends, with the escape sequences of ECMA-48 that they begin; lone surrogates
 *   and noncharacters, which are not characters at all.
 *
 * Such characters stay if they belong to the text: in emoji (UTS #51), and in scripts that need them. Private use
 * characters are visible, as boxes or icons.
 */
const hidden = String.raw`[\p{DI}\uFFF9-\uFFFB]`
const control = String.raw`[[\p{Cc}\p{Cs}\p{NChar}]--[\t\n\r]]`

const ofScripts = (names: string) => `[${names.replaceAll(/\w+/g, String.raw`\p{scx=$&}`).replaceAll(' ', '')}]`
const lettersOf = (names: string) => String.raw`[[${ofScripts(names)}&&[\p{L}\p{M}]]--\p{DI}]`

const rightToLeft = lettersOf('Adlm Arab Hebr Mand Nkoo Rohg Samr Syrc Thaa')
/**
 * Scripts whose letters change their form beside a joiner (Unicode 23.2, and UAX #31 on Persian and the scripts of
 * India).
 */
const joining = lettersOf(
  'Adlm Arab Bali Beng Deva Gujr Guru Hebr Java Khmr Knda Mand Mlym Mong Mymr Nkoo Orya Phag Rohg Sinh Syrc Taml Telu Tibt',
)
/** Scripts without spaces between words, in which a zero width space marks line breaks (Unicode 23.2). */
const withoutSpaces = lettersOf('Khmr Laoo Mymr Thai')
const mongolian = lettersOf('Mong')
/** Characters between a letter and the mark that sets its direction: `שלום!` and a right-to-left mark. */
const neutral = String.raw`[\p{P}\p{S}\p{Zs}\p{Nd}]{0,8}`
const directions = String.raw`[\u061C\u200E\u200F]`
const joiners = String.raw`[\u034F\u200C\u200D]`

// The only tag sequences that are emoji (RGI_Emoji_Tag_Sequence): any other flag would carry any text.
const flags = String.raw`\u{1F3F4}\u{E0067}\u{E0062}(?:\u{E0065}\u{E006E}\u{E0067}|\u{E0073}\u{E0063}\u{E0074}|\u{E0077}\u{E006C}\u{E0073})\u{E007F}`
const keycaps = String.raw`[0-9#*]\uFE0F\u20E3`
const emoji = String.raw`\p{ExtPict}[\uFE0E\uFE0F]?\p{EMod}?`

/** Invisible characters that stay, with the characters that they belong to; one of a kind in each place. */
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

/** Escape sequences: with parameters, with a string of their own, and short ones. */
const sequences = [
  String.raw`(?:\x1B\[|\x9B)[0-?]*[ -\/]*[@-~]`,
  String.raw`(?:\x1B[\]PX\^_]|[\x90\x98\x9D-\x9F])[^\x07\x1B\x9C]*(?:\x07|\x1B\\|\x9C)`,
  String.raw`\x1B[ -\/]*[0-~]`,
].join('|')

/** A fast check first: most texts have few such runs or none, and Unicode's classes take several times as long. */
const beyondAscii = /[^\t\n\r -~]+/g

/** Patterns, compiled when the first text needs them: with all of Unicode's classes, that takes 20 ms. */
interface Patterns {
  readonly notSeen: RegExp
  /** Matches with the group `kept` stay; matches without it are removed. */
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

/** Whether the text may have invisible characters, including those that belong to it. */
export function mayHide(text: string): boolean {
  for (const [run] of text.matchAll(beyondAscii)) if (patterns().notSeen.test(run)) return true
  return false
}

/** The text without its invisible characters; the same text if it has no such characters. */
export function withoutHiddenText(text: string): string {
  return mayHide(text) ? text.replace(patterns().parts, '$<kept>') : text
}

/** A JSON value likewise, member names included. If two names become equal, the one that was so before stays. */
export function jsonWithoutHiddenText<Value>(value: Value): Value {
  // `cleaned` returns a value of the form that it was given.
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
  // Lists of names (`required`, `enum`) must have each name once.
  return shown.every((item) => typeof item === 'string') ? [...new Set(shown)] : shown
}

const codeOf = (character: string) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** Most code points of one place that are named one by one. */
const maxNamed = 8

function inWords(characters: readonly string[]): string {
  const named = characters.slice(0, maxNamed).map(codeOf).join(' ')
  return characters.length > maxNamed ? `${named} … ${characters.length} in all` : named
}

/** The text as a person should see it: `⟨U+200B⟩` stands for an invisible character. */
export function showHiddenText(text: string): string {
  if (!mayHide(text)) return text
  const { parts, runs } = patterns()
  const show = (part: string) => part.replace(runs, (run) => `⟨${inWords([...run])}⟩`)
  return text.replace(parts, (part, stays: string | undefined) => stays ?? show(part))
}

/** An equal JSON text, with escapes for invisible characters. */
export function escapeHiddenText(json: string): string {
  if (!mayHide(json)) return json
  const { parts, runs } = patterns()
  const escaped = (run: string) =>
    Array.from(run.split(''), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
  return json.replace(parts, (part, stays: string | undefined) => stays ?? part.replace(runs, escaped))
}

/** Invisible characters of a text. */
export interface HiddenText {
  /** The first characters, 100 at most. */
  readonly hidden: readonly string[]
  readonly control: readonly string[]
}

/** Most characters of each kind that are reported. */
const maxFound = 100

/** Finds the invisible characters; undefined if the whole text is visible. */
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
