/** Reads the tables of server/SECURITY.md, and says whether what they name has run. */

const TEST = /^`([\w/-]+\.test\.ts)` › (.+)$/
/** What a title of many cases leaves to each of them. */
const PLACEHOLDERS = /%[sdifjo]|\$[\w.]+/

export interface Row {
  readonly ids: readonly string[]
  /** The pieces of the last column. */
  readonly shownBy: readonly string[]
}

export interface NamedTest {
  /** In `tests/`. */
  readonly file: string
  readonly title: string
}

/** What vitest writes down of a run, as far as it is read here. */
export interface TestReport {
  readonly testResults: readonly {
    /** The file's whole path. */
    readonly name: string
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[]
  }[]
}

/** The rows of all tables with four columns. */
export function readRows(text: string): Row[] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'))
  return lines.flatMap((line) => {
    const [ids = '', , , shownBy = '', ...more] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
    const isRow = more.length === 0 && shownBy !== '' && !/^(id|-+)$/.test(ids)
    return isRow ? [{ ids: ids.split(', '), shownBy: shownBy.split('<br>') }] : []
  })
}

/** The test that a piece of a last column names; null when it names none. */
export function readTest(piece: string): NamedTest | null {
  const [, file, title] = TEST.exec(piece) ?? []
  return file === undefined || title === undefined ? null : { file, title }
}

/** A line for each test that the rows name and that did not run and pass, in all its cases. */
export function findNotPassed(rows: readonly Row[], report: TestReport): string[] {
  const pieces = new Set(rows.flatMap(({ shownBy }) => shownBy))
  return [...pieces].flatMap((piece) => {
    const named = readTest(piece)
    const state = named === null ? 'passed' : stateOf(named, report)
    return state === 'passed' ? [] : [`${state}: ${piece}`]
  })
}

function stateOf({ file, title }: NamedTest, { testResults }: TestReport): string {
  const pattern = patternOf(title)
  const cases = testResults
    .filter(({ name }) => name.endsWith(`/tests/${file}`))
    .flatMap(({ assertionResults }) => assertionResults)
    .filter((one) => pattern.test(one.title))
  if (cases.length === 0) return 'did not run'
  return cases.find(({ status }) => status !== 'passed')?.status ?? 'passed'
}

/** Matches the titles of all cases. */
function patternOf(title: string): RegExp {
  const parts = title.split(PLACEHOLDERS).map((part) => RegExp.escape(part))
  return new RegExp(`^${parts.join('[^]*')}$`)
}
