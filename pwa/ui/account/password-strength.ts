/** How hard a password is to guess, judged in this browser: the password is not sent anywhere for it. */
import type { ZxcvbnFactory } from '@zxcvbn-ts/core'

export type Score = 0 | 1 | 2 | 3 | 4
export interface Strength {
  readonly score: Score
  /** One sentence how to do better; null if there is nothing to say. */
  readonly advice: string | null
}

/** Longer input is judged by its beginning: the estimate takes ever longer and says nothing new. */
const JUDGED_MOST_CHARACTERS = 64

let loading: Promise<ZxcvbnFactory> | null = null

/**
 * Judges a password. `username` counts as a word that an attacker tries first. Loads the word lists on the first
 * call; rejects if they cannot be loaded.
 */
export async function judgePassword(password: string, username: string): Promise<Strength> {
  loading ??= loadJudge()
  const judge = await loading.catch((error: unknown) => {
    loading = null
    throw error
  })
  const { score, feedback } = judge.check(password.slice(0, JUDGED_MOST_CHARACTERS), [username, 'letterlock'])
  return { score, advice: describeWeakness(feedback.warning) }
}

async function loadJudge(): Promise<ZxcvbnFactory> {
  const [core, common] = await Promise.all([import('@zxcvbn-ts/core'), import('@zxcvbn-ts/language-common')])
  return new core.ZxcvbnFactory({ dictionary: common.dictionary, graphs: common.adjacencyGraphs })
}

const SEQUENCE = 'Rows of keys or letters like “qwerty” or “abcd” are guessed at once.'
const REPEAT = 'Repeated characters like “aaa” or “abcabc” add little.'
const COMMON = 'This is close to a password that many people use.'
const NAME = 'Single words and names are guessed quickly. Put several unrelated ones together.'
const DATE = 'Dates and years are guessed quickly.'

const WEAKNESSES: Readonly<Record<string, string>> = {
  straightRow: SEQUENCE,
  keyPattern: SEQUENCE,
  sequences: SEQUENCE,
  simpleRepeat: REPEAT,
  extendedRepeat: REPEAT,
  recentYears: DATE,
  dates: DATE,
  topTen: COMMON,
  topHundred: COMMON,
  common: COMMON,
  similarToCommon: COMMON,
  wordByItself: NAME,
  namesByThemselves: NAME,
  commonNames: NAME,
  userInputs: 'Do not use your username in it.',
  pwned: 'This password stands on lists of stolen passwords.',
}

function describeWeakness(warning: string | null): string | null {
  return warning === null ? null : (WEAKNESSES[warning] ?? null)
}
