/**
 * `npm run campaign:attack`: sqlmap at level 3 and risk 2 over every route, on each database. `-- mysql`: on that one. Ends with 1
 * when it finds anything, or does not find what is planted.
 */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDatabase, type Engine, engines } from '../support/database.ts'
import { startMariadb } from '../support/databases/mariadb.ts'
import { startMysql } from '../support/databases/mysql.ts'
import { type AttackServer, startAttackServer } from './attack-server.ts'

const SIZE = { level: 3, risk: 2, techniques: 'BEUSTQ' } as const
const BUILD = fileURLToPath(new URL('../../.build', import.meta.url))
const starters = {
  mariadb: (folder: string) => startMariadb(folder),
  mysql: (folder: string) => startMysql(folder, path.join(BUILD, 'mysql')),
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
const asked = process.argv.slice(2)
let findings = 0
for (const engine of engines)
  if (asked.length === 0 || asked.includes(engine)) findings += await attackOnOwn(engine)
say(findings === 0 ? 'Nothing was found.' : `${findings} findings.`)
process.exitCode = findings === 0 ? 0 : 1

/** On a server of that database of its own, where it needs one. */
async function attackOnOwn(engine: Engine): Promise<number> {
  if (engine === 'sqlite') return attackOn(engine, null)
  const databases = await starters[engine](path.join(BUILD, 'attack', engine))
  process.env[`TEST_${engine.toUpperCase()}_ADMIN_URL`] = databases.adminUrl
  try {
    const database = await createDatabase(engine)
    const found = await attackOn(engine, database.databaseUrl)
    await database.remove()
    return found
  } finally {
    await databases.stop()
  }
}

async function attackOn(name: string, databaseUrl: string | null): Promise<number> {
  say(`sqlmap, level ${SIZE.level}, risk ${SIZE.risk}, on ${name}:`)
  const server = await startAttackServer(databaseUrl, SIZE)
  try {
    const planted = await server.attackPlanted()
    say(planted.findings === '' ? '  the planted hole was not found' : '  found the planted hole')
    return (planted.findings === '' ? 1 : 0) + (await attackAll(server))
  } finally {
    await server.remove()
  }
}

async function attackAll(server: AttackServer): Promise<number> {
  let found = 0
  const all = { requests: 0, handled: 0, faults: 0 }
  for (const target of server.targets) {
    const { findings, isComplete, counts } = await server.attack(target)
    say(`  ${target.name}: ${counts.requests} requests, ${counts.handled} came past the checks of form`)
    if (findings !== '') say(findings)
    if (counts.faults > 0) say(`  ${counts.faults} faults of the server`)
    if (!isComplete) say('  not all values were tried')
    if (findings !== '' || counts.faults > 0 || !isComplete) found++
    all.requests += counts.requests
    all.handled += counts.handled
    all.faults += counts.faults
  }
  say(`  all: ${all.requests} requests, ${all.handled} came past the checks of form, ${all.faults} faults`)
  return found
}
