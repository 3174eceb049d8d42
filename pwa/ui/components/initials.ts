/** How many avatar colours the style sheet has. */
export const AVATAR_COLOURS = 8

/** One or two letters for an avatar: of the first two parts of the name, else its first letter. */
export function toInitials(name: string): string {
  const parts = name.split(/[._\-\s]+/).filter((part) => part !== '')
  const [first = '', second = ''] = parts.map((part) => Array.from(part)[0] ?? '')
  return (first + second).toUpperCase()
}

/** The colour of a name, from 0: the same name has the same colour everywhere. FNV-1a over its code points. */
export function toColour(name: string): number {
  let hash = 0x811c9dc5
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return (hash >>> 0) % AVATAR_COLOURS
}
