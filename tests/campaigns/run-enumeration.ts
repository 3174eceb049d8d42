/**
 * `npm run campaign:enumeration`: three times 200 logins that fail, on a server at its full cost. Ends with 1 when answers
 * differ, or when a rank test tells the times of known and unknown names apart.
 */
import { AppProcess } from '../support/app-process.ts'
import { type Answer, type Kind, tryNames } from './enumeration.ts'
import { median, rankTest } from './rank-test.ts'

const REPEATS = 3
const LOGINS = 200
/** A difference that chance alone makes once in so many comparisons. */
const CHANCE = 0.01
/** The planted difference: so much of the time longer. */
const PLANTED = 0.1

interface Pair {
  readonly known: Answer
  readonly unknown: Answer
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

let findings = 0
for (let repeat = 1; repeat <= REPEATS; repeat++) {
  // All logins come from one address.
  const app = await AppProcess.start({ environment: { CAPTCHA_AFTER_FAILURES: '1000000' } })
  try {
    findings += report(repeat, await tryNames(app.origin, LOGINS))
  } finally {
    await app.remove()
  }
}
say(findings === 0 ? 'Nothing tells known names from unknown ones.' : `${findings} findings.`)
process.exitCode = findings === 0 ? 0 : 1

function report(repeat: number, answers: readonly Answer[]): number {
  const texts = new Set(answers.map(({ text }) => text))
  say(`Run ${repeat}: ${answers.length} logins, ${texts.size} different answer(s)`)
  const pairs = pairUp(answers)
  const ofKind = (kind: Kind) => pairs.filter(({ known }) => known.kind === kind)
  const found = [
    texts.size > 1,
    compare('known, wrong password', ofKind('known, wrong password')),
    compare('known, wrong code', ofKind('known, wrong code')),
    compare('known, all', pairs),
  ]
  const planted = rankPairs(pairs, 1 + PLANTED)
  say(`  with ${PLANTED * 100} % added to the known: p = ${planted.toExponential(1)}`)
  if (planted >= CHANCE) say('  inconclusive: a planted difference was not found, the machine is too busy')
  return found.filter(Boolean).length + (planted < CHANCE ? 0 : 1)
}

/** The order is one of pairs, each of a known and an unknown name. */
function pairUp(answers: readonly Answer[]): Pair[] {
  return answers.flatMap((one, index) => {
    const next = answers[index + 1]
    if (index % 2 === 1 || !next) return []
    return [one.kind === 'unknown' ? { known: next, unknown: one } : { known: one, unknown: next }]
  })
}

/** Whether the times differ. */
function compare(what: string, pairs: readonly Pair[]): boolean {
  const p = rankPairs(pairs, 1)
  const middle = (which: keyof Pair) => median(pairs.map((pair) => pair[which].ms)).toFixed(0)
  say(`  ${what}: median ${middle('known')} ms, unknown ${middle('unknown')} ms, p = ${p.toFixed(3)}`)
  return p < CHANCE
}

/** Only neighbours are compared, so that what else the machine does falls on both alike. */
function rankPairs(pairs: readonly Pair[], factor: number): number {
  return rankTest(pairs.map(({ known, unknown }) => Math.log((known.ms * factor) / unknown.ms)))
}
