/** wapiti on one address, as somebody at its command line would run it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as v from 'valibot'
import { runStep } from '../support/run-step.ts'

/** Those that ask no other machine. */
const MODULES =
  'xss,permanentxss,sql,blindsql,exec,file,crlf,redirect,csp,http_headers,cookieflags,csrf,methods,backup'

/** wapiti's own report, as far as it is read here. */
const finding = v.object({
  method: v.string(),
  path: v.string(),
  info: v.string(),
  parameter: v.optional(v.nullable(v.string())),
})
const byKind = v.record(v.string(), v.array(finding))
const wapitiReport = v.object({
  vulnerabilities: byKind,
  anomalies: byKind,
})

export interface WapitiOptions {
  /** Sent with each request. */
  readonly cookie?: string
  /** Where it begins besides the first page, with their queries. */
  readonly paths?: readonly string[]
}

/** Runs wapiti to its end and gives what it found, a line each without repetitions. Throws when it does not run. */
export async function runWapiti(
  origin: string,
  { cookie, paths = [] }: WapitiOptions = {},
): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-wapiti-'))
  try {
    const file = path.join(folder, 'report.json')
    const cookieHeader = cookie === undefined ? [] : ['-H', `Cookie: ${cookie}`]
    const starts = paths.flatMap((one) => ['-s', origin + one])
    const args = `--scope domain -m ${MODULES} --flush-session --no-bugreport -f json`.split(' ')
    await runStep('wapiti', ['-u', `${origin}/`, ...args, '-o', file, ...cookieHeader, ...starts], {
      ...process.env,
      HOME: folder,
    })
    return readLines(v.parse(wapitiReport, JSON.parse(await readFile(file, 'utf8'))))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function readLines({ vulnerabilities, anomalies }: v.InferOutput<typeof wapitiReport>): string[] {
  const lines = [vulnerabilities, anomalies].flatMap((kinds) =>
    Object.entries(kinds).flatMap(([kind, all]) => all.map((one) => `${kind}: ${one.path}: ${one.info}`)),
  )
  return [...new Set(lines)].toSorted()
}
