/** Passwords that are nothing but a pattern. Only the whole password counts: a pattern inside a longer one is no harm. */

const LEAST_RUN = 3
const KEYBOARD_ROWS = [
  'qwertzuiop',
  'qwertyuiop',
  'azertyuiop',
  'asdfghjkl',
  'qsdfghjklm',
  'zxcvbnm',
  'yxcvbnm',
  '1234567890',
  '1qaz',
  '2wsx',
  '3edc',
  '4rfv',
  '5tgb',
  '6yhn',
  '6zhn',
  '7ujm',
]
const ROWS = [...KEYBOARD_ROWS, ...KEYBOARD_ROWS.map((row) => Array.from(row).reverse().join(''))]

/**
 * Whether a password is a repetition of at most four code points, or falls apart into runs of three or more that count up,
 * count down, stand still or follow a row of keys: `abcabcabc`, `1234abcd`, `aaaaaaaa`, `qwertyuiop`.
 */
export function isSequence(password: string): boolean {
  const signs = Array.from(password.toLowerCase())
  return isRepetition(password) || fallsIntoRuns(signs)
}

const isRepetition = (text: string): boolean => /^(.{1,4})\1+$/su.test(text)

/** `reached[end]`: the signs before `end` fall into runs. */
function fallsIntoRuns(signs: readonly string[]): boolean {
  const reached = [true]
  for (let end = 1; end <= signs.length; end++)
    reached[end] = reached.some((isReached, start) => isReached && isRun(signs.slice(start, end)))
  return reached.at(-1) === true
}

function isRun(signs: readonly string[]): boolean {
  if (signs.length < LEAST_RUN) return false
  const text = signs.join('')
  return ROWS.some((row) => row.includes(text)) || hasConstantStep(signs)
}

function hasConstantStep(signs: readonly string[]): boolean {
  const points = signs.map((sign) => sign.codePointAt(0) ?? 0)
  const steps = points.slice(1).map((point, index) => point - (points[index] ?? 0))
  const [first = 2] = steps
  return Math.abs(first) <= 1 && steps.every((step) => step === first)
}
