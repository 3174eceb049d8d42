/** One test run, from the static checks to the last line with its numbers. Started by `tests/run.mjs`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { COMPOSE_REPORT } from '../compose/report.ts'
import { startMariadb } from './databases/mariadb.ts'
import { startMysql } from './databases/mysql.ts'
import type { DatabaseServer } from './databases/server-process.ts'
import { ensureDebianPackages } from './debian-packages.ts'
import { findNotPassed, readRows, type TestReport } from './security-table.ts'

const REPORT = '.build/vitest-report.json'
const SECURITY_TABLE = 'server/SECURITY.md'
/** What only a power cut takes away is not tested on these; commits need not wait for the disk. */
const NO_WAIT_FOR_DISK = ['--innodb-flush-log-at-trx-commit=2', '--sync-binlog=0']
const STATIC_CHECKS = ['format:check', 'types', 'lint']

process.chdir(fileURLToPath(new URL('../..', import.meta.url)))
// Debian keeps servers where an ordinary account's PATH does not look.
process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)))
}

const counts = { passed: 0, failed: 0 }
const servers: DatabaseServer[] = []
try {
  await runEverything(process.argv.slice(2))
} catch (error) {
  counts.failed++
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
} finally {
  await Promise.allSettled(servers.map((server) => server.stop()))
}
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed\n`)
process.exitCode = counts.failed === 0 ? 0 : 1

async function runEverything(vitestArguments: readonly string[]): Promise<void> {
  await ensureDebianPackages()
  if (vitestArguments.length === 0) for (const name of STATIC_CHECKS) await runCheck(name)
  await runCheck('build')
  if (vitestArguments.length === 0 && process.env['WITH_COMPOSE'] === '1') await runCompose()
  process.stdout.write('\nStarting MariaDB and MySQL…\n')
  await startDatabases()
  await runVitest(vitestArguments)
}

/** Runs a script of package.json; it counts as one check. */
async function runCheck(name: string): Promise<void> {
  process.stdout.write(`\nnpm run ${name}\n`)
  const code = await runProgram('npm', ['run', '--silent', name])
  if (code === 0) counts.passed++
  else counts.failed++
  if (code !== 0) process.stderr.write(`npm run ${name} failed\n`)
}

/** The deployment's tests; where containers cannot be run they say so and count nothing. */
async function runCompose(): Promise<void> {
  process.env['COMPOSE_PREPARE_WITHIN_S'] ??= '120'
  const code = await runProgram(process.execPath, ['tests/compose/run.ts'])
  const report = await readReport(COMPOSE_REPORT)
  counts.passed += report.numPassedTests
  counts.failed += report.numFailedTests
  if (code !== 0 && report.numFailedTests === 0) counts.failed++
}

async function startDatabases(): Promise<void> {
  const starting = [
    startMariadb(path.resolve('.build/test/mariadb'), NO_WAIT_FOR_DISK),
    startMysql(path.resolve('.build/test/mysql'), path.resolve('.build/mysql'), NO_WAIT_FOR_DISK),
  ] as const
  // All of them, even when one fails: what has started is to be stopped.
  const started = await Promise.allSettled(starting)
  servers.push(...started.filter((one) => one.status === 'fulfilled').map((one) => one.value))
  const [mariadb, mysql] = await Promise.all(starting)
  process.env['TEST_MARIADB_URL'] = mariadb.url
  process.env['TEST_MARIADB_ADMIN_URL'] = mariadb.adminUrl
  process.env['TEST_MYSQL_URL'] = mysql.url
  process.env['TEST_MYSQL_ADMIN_URL'] = mysql.adminUrl
}

async function runVitest(extraArguments: readonly string[]): Promise<void> {
  await rm(REPORT, { force: true })
  const code = await runProgram(process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config=tests/vitest.config.ts',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${REPORT}`,
    ...extraArguments,
  ])
  const report = await readReport(REPORT)
  counts.passed += report.numPassedTests
  counts.failed += report.numFailedTests
  // Part of the tests cannot show what the whole has to.
  if (extraArguments.length === 0) await checkSecurityTable(report)
  // A file that could not be loaded, or an error outside of all tests.
  if (code !== 0 && report.numFailedTests === 0) counts.failed++
}

/** Every test that server/SECURITY.md names has run and passed; this counts as one check. */
async function checkSecurityTable(report: Report): Promise<void> {
  const faults = findNotPassed(readRows(await readFile(SECURITY_TABLE, 'utf8')), report)
  if (faults.length === 0) counts.passed++
  else counts.failed++
  for (const fault of faults) process.stderr.write(`${SECURITY_TABLE}: ${fault}\n`)
}

interface Report extends TestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
}

async function readReport(file: string): Promise<Report> {
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return { numPassedTests: 0, numFailedTests: 0, testResults: [] }
  // The format is vitest's, of the version that the lock file pins.
  return JSON.parse(text) as Report
}

/** Gives the exit code. Throws when the run is interrupted, after the program has ended. */
async function runProgram(program: string, args: readonly string[]): Promise<number> {
  interrupted.signal.throwIfAborted()
  const child = spawn(program, args, { stdio: 'inherit' })
  const pass = (): boolean => child.kill('SIGTERM')
  interrupted.signal.addEventListener('abort', pass)
  const [code] = (await once(child, 'exit')) as [number | null] // the arguments of Node's exit event
  interrupted.signal.removeEventListener('abort', pass)
  interrupted.signal.throwIfAborted()
  return code ?? 1
}
