/**
 * `node tests/e2e/check-console.ts alice.log bob.log`: reads consoles that were saved from browsers, one file each, and says
 * whether their crypto logs are in order.
 */
import { readFileSync } from 'node:fs'
import { checkCryptoLog } from './key-changes.ts'
import { readCryptoLog, repeatedIvs } from './story-evidence.ts'

const logs = process.argv.slice(2).map((file) => readCryptoLog(readFileSync(file, 'utf8').split('\n')))
const complaints = logs.flatMap((log) => checkCryptoLog(log, [{ at: 0, why: 'the first exchange' }]))
const seals = logs.flat().filter((line) => line.operation === 'seal')
const betweenBrowsers = repeatedIvs(seals).map((pair) => `sealed twice: ${pair}`)
const keySets = new Set(seals.map((line) => line.keys)).size
const lines = [
  `${seals.length} seals under ${keySets} key sets in ${logs.length} consoles`,
  ...new Set([...complaints, ...betweenBrowsers]),
]
process.stdout.write(`${lines.join('\n')}\n`)
if (lines.length > 1) process.exitCode = 1
