/** Addresses in a text that somebody wrote. */

export interface TextPart {
  readonly text: string
  /** Where a press on this part leads; null for plain text. */
  readonly address: string | null
}

const CANDIDATE = /\bhttps?:\/\/[^\s<>"“”«»]+/giu
/** Ends a sentence more often than an address. */
const TRAILING = /[.,:;!?'’…*_]$/u

/** A text cut into plain parts and links, which together are the text. Only http and https are links. */
export function splitLinks(text: string): readonly TextPart[] {
  const parts: TextPart[] = []
  let end = 0
  for (const match of text.matchAll(CANDIDATE)) {
    const found = trimAddress(match[0])
    const address = parseAddress(found)
    if (address === null) continue
    if (match.index > end) parts.push({ text: text.slice(end, match.index), address: null })
    parts.push({ text: found, address })
    end = match.index + found.length
  }
  if (end < text.length) parts.push({ text: text.slice(end), address: null })
  return parts
}

/** Without the punctuation of the sentence around it; a closing bracket stays if it was opened inside. */
function trimAddress(found: string): string {
  let rest = found
  while (TRAILING.test(rest) || hasLooseBracket(rest)) rest = rest.slice(0, -1)
  return rest
}

function hasLooseBracket(address: string): boolean {
  const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }
  const last = address.at(-1) ?? ''
  const opening = pairs[last]
  return opening !== undefined && address.split(opening).length < address.split(last).length
}

/** Null for what is no address, and for one with a name before the host: `https://bank.example@other.example` leads elsewhere. */
function parseAddress(found: string): string | null {
  if (!URL.canParse(found)) return null
  const url = new URL(found)
  if (url.username !== '' || url.password !== '') return null
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null
}
