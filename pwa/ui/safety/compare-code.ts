/** What a scanned code says beside the number on this screen. */
export type Comparison = 'same' | 'different' | 'foreign'

/** `foreign`: the code is no safety number at all. Spaces and line breaks do not count. */
export function compareCode(scanned: string, expected: string): Comparison {
  const digits = scanned.replaceAll(/\s/g, '')
  if (!/^[0-9]{60}$/.test(digits)) return 'foreign'
  return digits === expected ? 'same' : 'different'
}
