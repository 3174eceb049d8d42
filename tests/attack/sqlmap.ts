/** sqlmap on one request, as somebody at its command line would run it. */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runStep } from '../support/run-step.ts'
import type { Target } from './targets.ts'

export interface SqlmapOptions {
  /** Of the database behind the server: what is known need not be guessed. */
  readonly dbms: 'SQLite' | 'MySQL'
  readonly level: 1 | 2 | 3
  readonly risk: 1 | 2
  /** One letter for each way of finding out: boolean, error, union, stacked, time, inline query. */
  readonly techniques: string
}

export interface SqlmapReport {
  /** What sqlmap wrote down about points of injection; empty: it found none. */
  readonly findings: string
  /** It tried every value and says so. */
  readonly isComplete: boolean
  /** All that it said. */
  readonly output: string
}

/** Asks nobody, begins anew, and goes on when it is refused. */
const HABITS = [
  '--batch',
  '--ignore-stdin',
  '--disable-coloring',
  '--flush-session',
  '--skip-waf',
  '--keep-alive',
  '--ignore-code=400,401,403,404,405,409,413,415,422,429',
]

type Request = Pick<Target, 'method' | 'path' | 'headers' | 'body'>

/** Runs sqlmap to its end. Throws when it does not run. */
export async function runSqlmap(
  origin: string,
  request: Request,
  { dbms, level, risk, techniques }: SqlmapOptions,
): Promise<SqlmapReport> {
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-sqlmap-'))
  try {
    const file = path.join(folder, 'request.txt')
    await writeFile(file, writeRequest(origin, request))
    const size = [`--dbms=${dbms}`, `--level=${level}`, `--risk=${risk}`, `--technique=${techniques}`]
    const output = await runStep('sqlmap', ['-r', file, '--output-dir', folder, ...size, ...HABITS], {
      ...process.env,
      HOME: folder,
      TERM: 'dumb',
    })
    return {
      findings: await readFindings(folder),
      isComplete: /all tested parameters do not appear to be injectable/.test(output),
      output,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function writeRequest(origin: string, { method, path: place, headers, body }: Request): string {
  const lines = Object.entries({ Host: new URL(origin).host, Accept: '*/*', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return [`${method} ${place} HTTP/1.1`, ...lines, '', body].join('\r\n')
}

/** The file `log` in the folder of the host: sqlmap's own report. */
async function readFindings(folder: string): Promise<string> {
  const names = await readdir(folder, { withFileTypes: true })
  const hosts = names.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
  const logs = hosts.map(({ name }) => readFile(path.join(folder, name, 'log'), 'utf8').catch(() => ''))
  return (await Promise.all(logs)).join('').trim()
}
